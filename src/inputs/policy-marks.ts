import { nearest } from '../diagnostics/nearest.ts';
import { nameOf } from '../source/source-file.ts';
import { skipExtra } from '../syntax/hujson-tokens.ts';

/** The sections of a policy [Tailscale docs, policy file syntax, 2026-04]. */
const SECTIONS =
  `acls attrConfig autoApprovers defaultSrcPosture derpMap disableIPv4 grants groups hosts ipsets
  nodeAttrs OneCGNATRoute postures randomizeClientPort ssh sshTests tagOwners tests`.split(/\s+/);

/**
 * Whether a file is a tailnet policy; does not parse it. Its first member must be a section, if a misspelt one, so
 * that Kubernetes objects, `package.json`, JSON schemas and replies that hold a policy are none. Of a file that is
 * not HuJSON by its name more is asked.
 */
export function looksLikePolicy(path: string, text: string): boolean {
  // A policy by its name, even one whose beginning is broken.
  const name = nameOf(path).toLowerCase();
  if (/^(policy|acl|tailnet|tailscale)[\w.-]*\.hujson$/.test(name)) return true;
  const start = skipExtra(text, 0);
  if (text[start] !== '{') return false;
  FIRST_NAME.lastIndex = skipExtra(text, start + 1);
  const first = FIRST_NAME.exec(text)?.[1];
  if (first === undefined || nearest(first, SECTIONS) === undefined) return false;
  if (name.endsWith('.hujson') || /"(?:autoApprovers|tagOwners)"\s*:/i.test(text)) return true;
  // Kafka, object stores and switches have `acls` and `grants` too, but no lists of sources and destinations.
  if (!/"(?:acls|grants)"\s*:/i.test(text)) return false;
  return /"(?:src|users)"\s*:\s*\[/i.test(text) && /"(?:dst|ports)"\s*:\s*\[/i.test(text);
}

const FIRST_NAME = /["']?(\w{1,32})/y;
