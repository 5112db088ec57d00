import { nameOf } from '../source/source-file.ts';

/** What a script is read for: starts of K3s and of Tailscale, policy routing. */
const MARK = new RegExp(
  [
    String.raw`get\.k3s\.io|k3s-install\.sh|INSTALL_K3S_EXEC`,
    String.raw`\bk3s["']?\s+(?:server|agent)\b`,
    String.raw`\btailscale["']?\s+(?:-\S+\s+)*(?:up|set)\b`,
    String.raw`\bip\s+(?:-\w+\s+)*r\w*\s+(?:a|ad|add|app\w*|rep\w*)\b`,
  ].join('|'),
);

/** A role counts beside a parameter of ours: other programs have roles, too. */
const ROLE = /\bNODE_ROLE=/;
const PARAMETER = /\b(?:MASTER_LAN_IP|MASTER_TAILSCALE_IP|TAILSCALE_IP|LAN_IP|K3S_\w+)\b/;

/** The shells whose scripts unbash understands, or nearly. */
const SHEBANG = /^#!.*\b(?:ba|da|a|k|z)?sh\b/;
const NAME = /\.(?:sh|bash)(?:\.(?:j2|tpl|tmpl|tftpl))?$/i;

/**
 * Whether a file is a shell script that podroute reads, by its shebang or its name and by what its lines mention;
 * does not parse it. Lines that are comments do not count.
 */
export function looksLikeScript(path: string, text: string): boolean {
  const isShell = text.startsWith('#!') ? SHEBANG.test(text) : NAME.test(nameOf(path));
  if (!isShell) return false;
  const lines = text.split(/\r\n|\r|\n/).filter((line) => !/^\s*#/.test(line));
  const has = (mark: RegExp) => lines.some((line) => mark.test(line));
  return has(MARK) || (has(ROLE) && has(PARAMETER));
}
