import type { Path } from '../paths/path.ts';

/** What becomes of a pair, in one word. */
export type Fate = 'own' | 'lan' | 'overlay' | 'tailnet' | 'broken' | 'leak' | 'unknown';

/** In the order in which legends list them. */
export const FATES: readonly Fate[] = ['lan', 'overlay', 'tailnet', 'own', 'broken', 'leak', 'unknown'];

export interface FateStyle {
  /** One ASCII character, told apart without colours. */
  readonly sign: string;
  readonly word: string;
  readonly says: string;
  /** Parameters of the terminal's `SGR` sequence [ECMA-48]. */
  readonly sgr: string;
  /** For drawings, dark enough to be read on white and in grey. */
  readonly color: string;
}

export const STYLES: Readonly<Record<Fate, FateStyle>> = {
  lan: { sign: 'L', word: 'LAN', says: 'delivered over the LAN', sgr: '32', color: '#1a7f37' },
  overlay: {
    sign: 'O',
    word: 'overlay',
    says: "delivered in flannel's own tunnel",
    sgr: '36',
    color: '#0a7d8c',
  },
  tailnet: {
    sign: 'T',
    word: 'tailnet',
    says: 'delivered through the tailnet',
    sgr: '94',
    color: '#0969da',
  },
  own: { sign: 'o', word: 'own', says: "stays on the sender's own bridge", sgr: '2', color: '#6e7781' },
  broken: { sign: 'x', word: 'broken', says: 'not delivered', sgr: '1;31', color: '#cf222e' },
  leak: {
    sign: '!',
    word: 'leak',
    says: 'not delivered: leaves through the default route',
    sgr: '1;35',
    color: '#8250df',
  },
  unknown: { sign: '?', word: 'unknown', says: 'the files do not tell', sgr: '33', color: '#9a6700' },
};

/** A leak is what the sender itself sends out through its default route. */
export function fateOf({ via, delivered }: Pick<Path, 'via' | 'delivered'>): Fate {
  if (delivered === undefined) return 'unknown';
  if (!delivered) return via === 'default' ? 'leak' : 'broken';
  // Nothing comes back from where these lead.
  return via === 'default' || via === 'none' ? 'leak' : via;
}
