/**
 * What podroute writes of SARIF 2.1.0, as a JSON Schema: the members it uses, with the types, the required members
 * and the limits that the standard gives them [SARIF 2.1.0 errata 01, section 3], and nothing else. The hints are
 * GitHub's: which members code scanning needs, and how long a description may be.
 */

const text = { type: 'string', minLength: 1 };
const message = object({ text }, ['text']);
const description = object({ text: { type: 'string', minLength: 1, maxLength: 1024 } }, ['text']);
const position = { type: 'integer', minimum: 1 };
const level = { enum: ['none', 'note', 'warning', 'error'] };

/** RFC 3986, `relative-ref` without authority, query and fragment; never absolute and never with a scheme. */
const relativeUri = {
  type: 'string',
  pattern: "^(?!/)(?![^/]*:)([A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-F]{2})+$",
  not: { pattern: '(^|/)[.][.](/|$)' },
};

const location = {
  physicalLocation: object(
    {
      artifactLocation: object({ uri: relativeUri, uriBaseId: { const: '%SRCROOT%' } }, ['uri']),
      region: object({ startLine: position, startColumn: position, endLine: position, endColumn: position }),
    },
    ['artifactLocation', 'region'],
  ),
};

const rule = object(
  {
    id: text,
    shortDescription: description,
    fullDescription: description,
    help: object({ text, markdown: text }),
    defaultConfiguration: object({ level }),
  },
  ['id', 'shortDescription', 'fullDescription', 'help'],
);

const result = object(
  {
    ruleId: text,
    ruleIndex: { type: 'integer', minimum: 0 },
    level,
    message,
    locations: { type: 'array', minItems: 1, maxItems: 100, items: object(location) },
    relatedLocations: {
      type: 'array',
      uniqueItems: true,
      maxItems: 100,
      items: object({ id: { type: 'integer', minimum: 0 }, ...location, message }),
    },
    partialFingerprints: object({ primaryLocationLineHash: text }),
  },
  ['message', 'ruleId', 'level', 'locations'],
);

const run = object(
  {
    tool: object({
      driver: object({ name: text, rules: { type: 'array', uniqueItems: true, items: rule } }),
    }),
    columnKind: { const: 'utf16CodeUnits' },
    originalUriBaseIds: object({ '%SRCROOT%': object({ description: message }) }),
    results: { type: 'array', maxItems: 5000, items: result },
    properties: { type: 'object' },
  },
  ['tool', 'results', 'columnKind'],
);

export const SARIF = object({
  $schema: { type: 'string', pattern: '^https://docs[.]oasis-open[.]org/sarif/' },
  version: { const: '2.1.0' },
  runs: { type: 'array', minItems: 1, maxItems: 1, items: run },
});

/** An object with these members and no others; all of them are required if nothing else is said. */
function object(properties: Record<string, object>, required: readonly string[] = Object.keys(properties)) {
  return { type: 'object', additionalProperties: false, properties, required };
}
