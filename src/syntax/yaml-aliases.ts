import type { Problem } from '../diagnostics/finding.ts';
import type { Span } from '../source/span.ts';
import type { ListTree, MapTree, Tree } from './tree.ts';

/** Levels of lists and maps, aliases followed. */
export const MAX_DEPTH = 100;
/** Values that the aliases of one document stand for, all levels counted. */
const MAX_ALIASED = 200_000;

// An alias's name is not quoted: it may be a secret that begins with `*` and lacks its quotes.
const NO_ANCHOR = 'no anchor of this name stands before this alias';
const INSIDE_ITSELF = 'this alias stands inside the value that it names';
const TOO_DEEP = 'nested too deeply through this alias';
const TOO_MANY = `the aliases up to here stand for more than ${MAX_ALIASED} values`;

/** How large a tree is with every alias written out; a scalar is one node and no level. */
interface Extent {
  readonly nodes: number;
  readonly depth: number;
}

/** The anchors of one document, met in the order of the text: an alias means the last one before it. */
export interface Aliases {
  /** Call before the content of an anchored node is read; the result takes the node's tree. */
  open(anchor: string): (tree: Tree) => void;
  /** The tree an alias stands for, or what is wrong with it. `depth`: levels above the alias. */
  resolve(anchor: string, at: Span, depth: number): Tree | undefined;
  /** Call for each list and map when its children are known. */
  measure(tree: ListTree | MapTree, children: Iterable<Tree>): void;
  readonly problems: readonly Problem[];
  /** Whether the aliases stand for more than may be walked. */
  exceeded(): boolean;
}

export function aliasesOfDocument(): Aliases {
  const problems: Problem[] = [];
  const anchors = new Map<string, { tree: Tree | undefined }>();
  const extents = new Map<Tree, Extent>();
  let aliased = 0;
  let exceeded = false;

  function resolve(anchor: string, at: Span, depth: number): Tree | undefined {
    if (exceeded) return undefined;
    const anchored = anchors.get(anchor);
    if (anchored?.tree === undefined) {
      problems.push({ message: anchored ? INSIDE_ITSELF : NO_ANCHOR, at });
      return undefined;
    }
    const extent = extents.get(anchored.tree) ?? { nodes: 1, depth: 0 };
    aliased += extent.nodes;
    const tooDeep = depth + extent.depth > MAX_DEPTH;
    exceeded = tooDeep || aliased > MAX_ALIASED;
    if (exceeded) problems.push({ message: tooDeep ? TOO_DEEP : TOO_MANY, at });
    return exceeded ? undefined : anchored.tree;
  }

  return {
    open(anchor) {
      const anchored: { tree: Tree | undefined } = { tree: undefined };
      anchors.set(anchor, anchored);
      return (tree) => {
        anchored.tree = tree;
      };
    },
    resolve,
    measure(tree, children) {
      let nodes = 1;
      let depth = 0;
      for (const child of children) {
        const extent = extents.get(child);
        nodes += extent?.nodes ?? 1;
        depth = Math.max(depth, extent?.depth ?? 0);
      }
      extents.set(tree, { nodes, depth: depth + 1 });
    },
    problems,
    exceeded: () => exceeded,
  };
}
