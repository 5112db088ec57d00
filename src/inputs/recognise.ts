import { looksLikeCompose } from './compose-marks.ts';
import { looksLikeEnv } from './env-marks.ts';
import type { FileKind, Parameter } from './facts.ts';
import { looksLikeK3sConfig } from './k3s-config-marks.ts';
import { looksLikeManifest } from './manifest-marks.ts';
import { looksLikePolicy } from './policy-marks.ts';
import { looksLikeScript } from './script-marks.ts';

/** Which of our kinds a file is, by its content, before anything is parsed; undefined for all other files. */
export function recognise(
  path: string,
  text: string,
  parameterNames: ReadonlyMap<string, Parameter>,
): FileKind | undefined {
  const isYaml = /\.(ya?ml|json)(\.(j2|tpl|tmpl|tftpl))?$/i.test(path);
  if (isYaml && looksLikeManifest(text)) return 'manifest';
  if (isYaml && looksLikeCompose(path, text)) return 'compose';
  if (isYaml && looksLikeK3sConfig(path, text)) return 'k3s-config';
  if (/\.(hu)?json$/i.test(path) && looksLikePolicy(path, text)) return 'policy';
  if (looksLikeScript(path, text)) return 'script';
  if (looksLikeEnv(path, text, parameterNames)) return 'env';
  return undefined;
}

/**
 * Whether a program writes the file before anybody reads it: Jinja, Helm, Terraform. Its lines are not what K3s
 * will see, so nothing is said of them. Shell and Compose have `{{.Field}}` for Docker in plain files.
 */
export function isTemplated(kind: FileKind, path: string, text: string): boolean {
  if (kind === 'script') return TEMPLATE_NAME.test(path) || /\{%-?\s*\w/.test(text);
  const lines = text.split(/[\r\n]+/).filter((line) => !/^\s*(#|\/\/)/.test(line));
  const mark = kind === 'compose' ? /\{\{(?!\.\w)|\{%|%\{/ : /\{\{|\{%|%\{/;
  return lines.some((line) => mark.test(line));
}

const TEMPLATE_NAME = /\.(j2|tpl|tmpl|tftpl|erb)$/i;
