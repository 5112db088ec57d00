import { isServerOnly } from '../inputs/k3s-flags.ts';
import type { Rule } from './rule.ts';

/** The command line refuses what the configuration file leaves out with a warning [K3s v1.31, pkg/configfilearg/parser.go]. */
export const settingNotForAgents: Rule = {
  id: 'setting-not-for-agents',
  summary: 'an agent is given a setting that only servers have',
  severity: 'error',
  *check(cluster) {
    for (const { command, settings } of cluster.nodes.flatMap((node) => node.k3s)) {
      if (command !== 'agent') continue;
      for (const { name, key, by } of settings) {
        if (!isServerOnly(name)) continue;
        yield by === 'command-line'
          ? { message: `k3s agent does not start with --${name}, which only servers have`, at: key }
          : { message: `${name} is ignored on an agent, only servers have it`, at: key, severity: 'warning' };
      }
    }
  },
};
