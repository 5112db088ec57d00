/** Whether a file is a Compose file with a service of Tailscale or K3s; does not parse it. */
export function looksLikeCompose(path: string, text: string): boolean {
  if (!/\.ya?ml(\.(j2|tpl|tmpl|tftpl))?$/i.test(path) || !/^["']?services["']?[ \t]*:/m.test(text))
    return false;
  // `TS_NODE_…` is TypeScript's.
  if (!/tailscale\/tailscale|rancher\/k3s|\bTS_(?!NODE_)[A-Z]/.test(text)) return false;
  return !/^["']?(apiVersion|kind)["']?[ \t]*:/m.test(text);
}
