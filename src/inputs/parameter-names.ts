import type { Parameter } from './facts.ts';

const PARAMETERS: readonly Parameter[] = [
  'NODE_ROLE',
  'MASTER_LAN_IP',
  'MASTER_TAILSCALE_IP',
  'LAN_IP',
  'TAILSCALE_IP',
  'K3S_TOKEN',
  'K3S_TOKEN_FILE',
];

/**
 * Which parameter a variable of the user's files is, by the variable's name. A parameter that is called otherwise
 * is no longer known by its own name.
 *
 * @param renamed what the user's files call a parameter, by the parameter's own name
 */
export function parameterNames(renamed: ReadonlyMap<string, string>): ReadonlyMap<string, Parameter> {
  return new Map(PARAMETERS.map((parameter) => [renamed.get(parameter) ?? parameter, parameter]));
}

/** Every parameter under its own name. */
export const DEFAULT_PARAMETER_NAMES: ReadonlyMap<string, Parameter> = parameterNames(new Map());
