import type { Given } from '../syntax/given.ts';

/**
 * A word of a YAML file as its reader gets it: one that Flux, envsubst or cloud-init fills in before
 * (`${LAN_CIDR}`) is computed. Kubernetes and K3s know no variables of their own in these places.
 */
export function substituted(word: Given): Given {
  return /\$\{\s*\w|^\$\w+$/.test(word.text ?? '') ? { text: undefined, span: word.span } : word;
}
