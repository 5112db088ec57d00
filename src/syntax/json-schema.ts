/** The part of JSON Schema (draft 2020-12) that the published schemas use. */
export interface Schema {
  /** What messages call a value of it: a noun phrase with its article, as `a node`. */
  readonly title: string | undefined;
  /** Checked besides the rest. */
  readonly ref: Schema | undefined;
  readonly types: readonly JsonType[] | undefined;
  readonly properties: ReadonlyMap<string, Schema>;
  readonly required: readonly string[];
  /** What a key outside `properties` must be; false: there may be none. */
  readonly additional: Schema | boolean;
  readonly items: Schema | undefined;
  /** `enum`, or the one value of `const`. */
  readonly values: readonly JsonScalar[] | undefined;
  readonly anyOf: readonly Schema[];
  readonly minimum: number;
  readonly maximum: number;
}

export type JsonScalar = string | number | boolean | null;
export type JsonType = (typeof TYPES)[number];
const TYPES = ['string', 'integer', 'number', 'boolean', 'null', 'array', 'object'] as const;

const KEYWORDS = new Set([
  ...['$schema', '$id', '$defs', '$ref', 'title', 'description', 'default', 'examples'],
  ...['type', 'properties', 'required', 'additionalProperties', 'items', 'enum', 'const', 'anyOf'],
  ...['minimum', 'maximum'],
]);

/**
 * A schema document, or the part of it under `$defs` with that name. References are `#/$defs/<name>` and make no
 * circle. Throws at a keyword or a shape that `checkSchema` does not know: it is our own file, so that is a bug.
 */
export function schemaFrom(document: unknown, definition?: string): Schema {
  const definitions = objectIn(objectIn(document, 'schema').$defs ?? {}, '$defs');
  const known = new Map<string, Schema>();

  function define(name: string): Schema {
    const schema = known.get(name) ?? read(definitions[name], `$defs/${name}`);
    known.set(name, schema);
    return schema;
  }

  function read(json: unknown, where: string): Schema {
    const schema = objectIn(json, where);
    for (const keyword of Object.keys(schema)) {
      if (!KEYWORDS.has(keyword)) throw new Error(`${where}: unknown keyword ${keyword}`);
    }
    const { title, $ref, additionalProperties: additional = true } = schema;
    return {
      title: typeof title === 'string' ? title : undefined,
      ref: $ref === undefined ? undefined : define(definitionOf($ref, where)),
      types: schema.type === undefined ? undefined : typesIn(schema.type, where),
      properties: new Map(
        Object.entries(objectIn(schema.properties ?? {}, where)).map(([key, value]) => [
          key,
          read(value, `${where}/${key}`),
        ]),
      ),
      required: listIn(schema.required ?? [], where).map(String),
      additional: typeof additional === 'boolean' ? additional : read(additional, `${where}/*`),
      items: schema.items === undefined ? undefined : read(schema.items, `${where}/[]`),
      values: valuesIn(schema, where),
      anyOf: listIn(schema.anyOf ?? [], where).map((each) => read(each, `${where}/anyOf`)),
      minimum: numberIn(schema.minimum ?? Number.NEGATIVE_INFINITY, where),
      maximum: numberIn(schema.maximum ?? Number.POSITIVE_INFINITY, where),
    };
  }

  return definition === undefined ? read(document, 'schema') : define(definition);
}

const DEFINITIONS = '#/$defs/';

function definitionOf(ref: unknown, where: string): string {
  if (typeof ref === 'string' && ref.startsWith(DEFINITIONS)) return ref.slice(DEFINITIONS.length);
  throw new Error(`${where}: unknown reference ${ref}`);
}

function typesIn(json: unknown, where: string): readonly JsonType[] {
  return (Array.isArray(json) ? json : [json]).map((name) => {
    const type = TYPES.find((each) => each === name);
    if (type === undefined) throw new Error(`${where}: unknown type ${name}`);
    return type;
  });
}

function valuesIn(
  schema: Readonly<Record<string, unknown>>,
  where: string,
): readonly JsonScalar[] | undefined {
  if (schema.enum === undefined && schema.const === undefined) return undefined;
  const values = schema.const === undefined ? listIn(schema.enum, where) : [schema.const];
  return values.map((value) => {
    if (
      value === null ||
      typeof value === 'string' ||
      typeof value === 'number' ||
      typeof value === 'boolean'
    ) {
      return value;
    }
    throw new Error(`${where}: only scalars can be compared`);
  });
}

function objectIn(json: unknown, where: string): Readonly<Record<string, unknown>> {
  if (!isObject(json)) throw new Error(`${where}: not an object`);
  return json;
}

function isObject(json: unknown): json is Readonly<Record<string, unknown>> {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}

function listIn(json: unknown, where: string): readonly unknown[] {
  if (!Array.isArray(json)) throw new Error(`${where}: not a list`);
  return json;
}

function numberIn(json: unknown, where: string): number {
  if (typeof json !== 'number') throw new Error(`${where}: not a number`);
  return json;
}
