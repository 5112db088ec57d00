/** What tells a manifest from any other text, without parsing it. */

/**
 * Whether a text is a podroute manifest (of any version, so that a wrong one can be said), a Kubernetes `Node`
 * with a pod CIDR, or an object of the Tailscale operator. For YAML and JSON; the caller keeps other files away.
 */
export function looksLikeManifest(text: string): boolean {
  return isPodrouteManifest(text) || isNodeObject(text) || isOperatorObject(text);
}

/** `podroute/v…` as the value of a key, whatever the key is called: it may be misspelt. */
function isPodrouteManifest(text: string): boolean {
  for (let at = text.indexOf('podroute/v'); at >= 0; at = text.indexOf('podroute/v', at + 1)) {
    const before = lineBefore(text, at);
    if (/:\s*["']?$/.test(before) && !isComment(before)) return true;
  }
  return false;
}

function isNodeObject(text: string): boolean {
  return text.includes('podCIDR') && hasKind(text, /\bkind["']?\s*:\s*["']?(Node|NodeList|List)\b/g);
}

function isOperatorObject(text: string): boolean {
  const kind = /\bkind["']?\s*:\s*["']?(Connector|ProxyClass)\b/g;
  return text.includes('tailscale.com/v1alpha1') && hasKind(text, kind);
}

function hasKind(text: string, kind: RegExp): boolean {
  for (const { index } of text.matchAll(kind)) {
    if (!isComment(lineBefore(text, index))) return true;
  }
  return false;
}

/** The text before a place in its line; in a very long line (JSON in one) only the end of it. */
function lineBefore(text: string, at: number): string {
  const before = text.slice(Math.max(0, at - 200), at);
  return before.slice(before.lastIndexOf('\n') + 1);
}

/** Whether a comment begins there. */
function isComment(before: string): boolean {
  return /(^|\s)#/.test(before);
}
