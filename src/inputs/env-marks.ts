import { nameOf } from '../source/source-file.ts';
import type { Parameter } from './facts.ts';

/** Extensions of files that are something else, whatever assignments they hold. */
const OTHER_EXTENSIONS = new Set(
  `yaml yml json jsonc hujson toml ini xml html md markdown rst adoc txt log lock csv tsv sql diff patch
   sh bash zsh fish ps1 bat cmd py rb js mjs cjs ts go rs c h cpp java kt php pl lua nix tf tfvars hcl mk
   service timer socket mount network netdev link target rules spec`.split(/\s+/),
);
const OTHER_NAMES = new Set(
  `dockerfile containerfile makefile gnumakefile vagrantfile jenkinsfile justfile procfile gemfile pipfile
   taskfile`.split(/\s+/),
);
const EXAMPLE_WORDS = new Set(['example', 'sample', 'dist', 'template', 'tmpl', 'tpl']);

const ASSIGNMENT = /^[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)[ \t]*=[ \t]*["']?([A-Za-z-]*)/;
/** Names that stand beside our parameters and nobody else's. */
const OURS = /^(K3S_|TAILSCALE_|TS_|MASTER_\w*IP$|LAN_IP$|FLANNEL_)/;
/** Parameters that tell a file of ours without a role. */
const TELLING: ReadonlySet<Parameter> = new Set([
  'MASTER_LAN_IP',
  'MASTER_TAILSCALE_IP',
  'TAILSCALE_IP',
  'K3S_TOKEN',
]);

/**
 * Whether a file is an env file with install parameters, by its name and its lines; does not parse it.
 *
 * `NODE_ROLE` alone is not enough: other programs have it too, with values such as `master`.
 */
export function looksLikeEnv(
  path: string,
  text: string,
  parameterNames: ReadonlyMap<string, Parameter>,
): boolean {
  if (!mayBeEnv(nameOf(path).toLowerCase()) || text.startsWith('#!')) return false;
  const mentioned = [...parameterNames.keys()].some((name) => text.includes(name));
  return mentioned && assignsParameters(text, parameterNames);
}

/** Of a name in lower case. */
function mayBeEnv(name: string): boolean {
  const words = name.split(/[._-]/);
  if (words.some((word) => EXAMPLE_WORDS.has(word))) return false;
  if (OTHER_NAMES.has(/^\w*/.exec(name)?.[0] ?? '')) return false;
  if (/^\.?env(\.|$)/.test(name)) return true;
  const dot = name.lastIndexOf('.');
  return dot < 0 || !OTHER_EXTENSIONS.has(name.slice(dot + 1));
}

function assignsParameters(text: string, parameterNames: ReadonlyMap<string, Parameter>): boolean {
  let lines = 0;
  let assignments = 0;
  let hasRole = false;
  let certain = false;
  let namesOfOurs = 0;
  for (const line of text.split(/\r\n?|\n/)) {
    if (/^[ \t]*(#|$)/.test(line)) continue;
    lines++;
    const [, name, value] = ASSIGNMENT.exec(line) ?? [];
    if (name === undefined) continue;
    assignments++;
    const parameter = parameterNames.get(name);
    if (parameter === 'NODE_ROLE') {
      hasRole = true;
      certain ||= value === 'lan-agent' || value === 'remote-agent';
    } else if (parameter !== undefined && TELLING.has(parameter)) {
      certain = true;
    } else if (parameter !== undefined || OURS.test(name)) {
      namesOfOurs++;
    }
  }
  return assignments * 2 >= lines && (certain || (hasRole && namesOfOurs > 0));
}
