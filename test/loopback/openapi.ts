import { existsSync, readFileSync } from 'node:fs';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { FakeReply, FakeRequest } from './control-server.ts';

const FOLDER = `${process.env.PODROUTE_SHARED ?? '../shared'}/api`;

/** Without the documents nothing is checked; CI has them. */
export const HAS_OPENAPI = existsSync(FOLDER);

interface Parameter {
  readonly $ref?: string;
  readonly in: string;
  readonly name: string;
  readonly required?: boolean;
  readonly schema?: object;
}

interface Operation {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly required?: boolean; readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly $ref?: string; readonly content?: Content }>>;
}

type Content = Readonly<Record<string, { readonly schema?: object }>>;

interface OpenApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** What is wrong with an exchange, or with a request alone. */
export type Checker = (request: FakeRequest, reply: FakeReply | undefined) => readonly string[];

/**
 * Checks path, method, query, body, status and reply against an OpenAPI 3.1 document of the shared folder. `prefix`
 * comes before the document's paths; `elsewhere` are the statuses that it leaves out, with the schema of their body.
 */
export function openApiChecker(
  name: string,
  prefix = '',
  elsewhere: Readonly<Record<number, string>> = {},
): Checker {
  if (!HAS_OPENAPI) return () => [];
  const document: OpenApiDocument = JSON.parse(readFileSync(`${FOLDER}/${name}`, 'utf8'));
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats.default(ajv);
  ajv.addFormat('uint64', /^\d{1,20}$/);
  ajv.addSchema(document, 'openapi');
  const compiled = new Map<string, ValidateFunction>();

  return (request, reply) => {
    const at = `${request.method} ${request.path}`;
    const found = findOperation(document, prefix, request);
    if (found === undefined) {
      return [`${at}: not in ${name}`];
    }
    const { template, operation, parameters, values } = found;
    const where = ['paths', template, request.method.toLowerCase()];
    const faults = [
      ...parameters.flatMap((parameter) => checkParameter(parameter, request, values)),
      ...checkBody(operation, where, request),
      ...(reply ? checkReply(operation, where, reply) : []),
    ];
    return faults.map((fault) => `${at}: ${fault}`);
  };

  function problemsOf(value: unknown, ...pointer: string[]): string[] {
    const ref = `openapi#/${pointer.map(escaped).join('/')}`;
    const validate = compiled.get(ref) ?? ajv.compile({ $ref: ref });
    compiled.set(ref, validate);
    return validate(value) ? [] : [ajv.errorsText(validate.errors, { dataVar: 'body' })];
  }

  function checkParameter(
    parameter: Parameter,
    request: FakeRequest,
    values: Readonly<Record<string, string>>,
  ): string[] {
    const { name: called, schema = {} } = parameter;
    const value = parameter.in === 'query' ? request.query.get(called) : values[called];
    if (parameter.in === 'header') return [];
    if (value === null || value === undefined) return parameter.required ? [`${called} is missing`] : [];
    return ajv.validate(schema, value) ? [] : [`${called}: ${ajv.errorsText()}`];
  }

  function checkBody(operation: Operation, where: string[], { body, headers }: FakeRequest): string[] {
    if (operation.requestBody === undefined) return body === '' ? [] : ['a body that is not asked for'];
    if (body === '') return operation.requestBody.required ? ['no body'] : [];
    const type = mediaType(headers['content-type']);
    if (!(type in operation.requestBody.content)) return [`a body of type ${type}`];
    return problemsOf(JSON.parse(body), ...where, 'requestBody', 'content', type, 'schema');
  }

  function checkReply(operation: Operation, where: string[], { status, type, body }: FakeReply): string[] {
    const media = mediaType(type);
    const key = String(status) in operation.responses ? String(status) : 'default';
    const response = operation.responses[key];
    if (response === undefined) {
      const schema = elsewhere[status];
      return schema ? problemsOf(JSON.parse(body), 'components', 'schemas', schema) : [`status ${status}`];
    }
    const pointer = response.$ref?.replace('#/', '').split('/') ?? [...where, 'responses', key];
    const content = resolve(document, response)?.content;
    if (content === undefined) return [];
    const shape = content[media];
    if (shape === undefined) return [`a reply of type ${media}`];
    if (media === 'application/hujson') return [];
    return shape.schema ? problemsOf(JSON.parse(body), ...pointer, 'content', media, 'schema') : [];
  }
}

function findOperation(document: OpenApiDocument, prefix: string, request: FakeRequest) {
  const method = request.method.toLowerCase();
  for (const [template, methods] of Object.entries(document.paths)) {
    const pattern = new RegExp(`^${(prefix + template).replace(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`);
    const match = pattern.exec(request.path);
    const operation = methods[method] as Operation | undefined;
    if (match === null || operation === undefined) continue;
    const shared = (methods.parameters as readonly Parameter[] | undefined) ?? [];
    const parameters = [...shared, ...(operation.parameters ?? [])].flatMap(
      (parameter) => resolve(document, parameter) ?? [],
    );
    const known = new Set(parameters.map(({ name }) => name));
    const unknown = [...request.query.keys()].filter((name) => !known.has(name));
    const extra = unknown.map((name): Parameter => ({ in: 'query', name, schema: { not: {} } }));
    const decoded = Object.entries(match.groups ?? {}).map(([name, value]) => [
      name,
      decodeURIComponent(value),
    ]);
    const values: Record<string, string> = Object.fromEntries(decoded);
    return { template, operation, parameters: [...parameters, ...extra], values };
  }
  return undefined;
}

/** What a reference inside of the document stands for. */
function resolve<T extends { readonly $ref?: string }>(document: object, value: T): T | undefined {
  if (value.$ref === undefined) return value;
  let target: unknown = document;
  for (const key of value.$ref.replace('#/', '').split('/')) {
    target = (target as Readonly<Record<string, unknown>>)[key];
  }
  return target as T | undefined;
}

function escaped(key: string): string {
  return encodeURIComponent(key.replaceAll('~', '~0').replaceAll('/', '~1'));
}

function mediaType(type = 'application/json'): string {
  return type.split(';')[0]!.trim();
}
