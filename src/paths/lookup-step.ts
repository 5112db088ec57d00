import { callNode } from '../cluster/devices.ts';
import { formatAddress } from '../net/format.ts';
import type { Address } from '../net/prefix.ts';
import type { Decision } from './decision.ts';
import { type Host, TAILSCALE_RULE } from './host.ts';
import { mainRoute } from './main-table.ts';
import type { Network } from './network.ts';
import type { Step } from './path.ts';

/** A look-up in words: which table answers and why that one, and what it says. */
export function lookUpStep(
  network: Network,
  at: Host,
  decided: Decision,
  { to, isReply }: { readonly to: Address; readonly isReply: boolean },
): Step {
  const { says, because } = decided.explain();
  const what = isReply ? `the way back to ${formatAddress(to)}` : formatAddress(to);
  const where = tableOf(at, decided);
  const passedOver = decided.via === 'tailnet' && !decided.chosenBy ? laterRoute(network, at, to) : '';
  return {
    says: `${callNode(at.node)} looks up ${what}${where}: ${says}${passedOver}`,
    because: [...(decided.chosenBy ?? []), ...because],
  };
}

function tableOf(at: Host, { via, chosenBy }: Decision): string {
  const rule = chosenBy && at.rules.find(({ because }) => because === chosenBy);
  if (rule !== undefined) {
    const isFirst = rule.priority < TAILSCALE_RULE;
    return ` in ${tableName(rule.table)}, as its rule of priority ${rule.priority} ${isFirst ? "comes before Tailscale's" : 'has it'}`;
  }
  const isLeft = ['lan', 'overlay', 'own', 'default'].includes(via) && at.tailscale.value === 'kernel';
  return isLeft ? " in main, to which Tailscale's table 52 leaves it" : '';
}

function tableName(table: string): string {
  return table === 'main' ? table : `table ${table}`;
}

/** What `main` has for it, which nobody asks any more. */
function laterRoute(network: Network, at: Host, to: Address): string {
  const later = mainRoute(network, at, to, 'main');
  const isRoute = later?.via === 'lan' || later?.via === 'overlay' || later?.via === 'own';
  return isRoute ? `; main would be asked after it, where ${later.explain().says}` : '';
}
