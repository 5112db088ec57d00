import { folderOf } from '../source/source-file.ts';
import type { ReadFile } from './model.ts';

/** The files of one cluster before anything is joined. */
export interface Part {
  /** The folder it claims, `''` for everything that no manifest claims. */
  readonly folder: string;
  readonly files: readonly ReadFile[];
}

/** Parts whose devices share a tailnet, with the files above them. */
export interface Share {
  readonly parts: readonly Part[];
  /** Policies of folders above the parts. */
  readonly above: readonly ReadFile[];
}

/**
 * Which files speak of one cluster, and which clusters share a tailnet.
 *
 * A `Cluster` manifest claims its folder and what is below; the innermost claim wins. Where there are none,
 * folders that each hold a policy are apart (a tailnet has one policy), and so are the children of a folder
 * named `clusters`. One claim, or none, is one cluster: then every file is about it.
 */
export function partition(files: readonly ReadFile[]): readonly Share[] {
  const claims = claimedFolders(files);
  if (claims.length < 2) return [{ parts: [{ folder: '', files }], above: [] }];

  const byClaim = new Map<string, ReadFile[]>(claims.map((claim) => [claim, []]));
  const above: ReadFile[] = [];
  const rest: ReadFile[] = [];
  for (const file of files) {
    const claim = claims.findLast((folder) => isWithin(file.file.path, folder));
    if (claim !== undefined) byClaim.get(claim)!.push(file);
    else if (file.facts.kind === 'policy') above.push(file);
    else rest.push(file);
  }
  const parts = [...byClaim].map(([folder, claimed]) => ({ folder, files: claimed }));
  if (rest.length > 0) parts.push({ folder: '', files: rest });
  return shares(parts, above);
}

/** Folders that claim their subtree, outermost first. */
function claimedFolders(files: readonly ReadFile[]): string[] {
  const manifests = files.filter((file) => file.facts.clusters.length > 0);
  if (manifests.length > 0) return foldersOf(manifests);
  const policies = foldersOf(files.filter((file) => file.facts.kind === 'policy'));
  const nested = policies.some((folder) =>
    policies.some((other) => other !== folder && isWithin(`${other}/`, folder)),
  );
  if (policies.length > 1 && !nested) return policies;
  return siblingClusters(files);
}

/** `clusters/home` and `clusters/work`, as repositories for several clusters are laid out. */
function siblingClusters(files: readonly ReadFile[]): string[] {
  const found = new Set<string>();
  for (const { file } of files) {
    const match = /^(?:.*?\/)?clusters\/[^/]+(?=\/)/.exec(file.path);
    if (match) found.add(match[0]);
  }
  return [...found].sort();
}

function foldersOf(files: readonly ReadFile[]): string[] {
  return [...new Set(files.map(({ file }) => folderOf(file.path)))].sort();
}

function isWithin(path: string, folder: string): boolean {
  return folder === '' || path.startsWith(`${folder}/`);
}

/** Groups parts by the tailnet they name; a policy above several parts makes those one tailnet. */
function shares(parts: readonly Part[], above: readonly ReadFile[]): readonly Share[] {
  const groups: { parts: Part[]; above: ReadFile[]; tailnets: Set<string> }[] = [];
  for (const part of parts) {
    const tailnets = new Set(
      part.files.flatMap((file) => file.facts.clusters.map((c) => c.tailnet?.value ?? '')),
    );
    tailnets.delete('');
    const policies = above.filter(
      (policy) => part.folder !== '' && isWithin(`${part.folder}/`, folderOf(policy.file.path)),
    );
    const same = groups.filter(
      (group) =>
        policies.some((policy) => group.above.includes(policy)) ||
        [...tailnets].some((t) => group.tailnets.has(t)),
    );
    const merged = { parts: [part], above: [...policies], tailnets };
    for (const group of same) {
      merged.parts.unshift(...group.parts);
      merged.above.push(...group.above.filter((policy) => !merged.above.includes(policy)));
      for (const tailnet of group.tailnets) merged.tailnets.add(tailnet);
      groups.splice(groups.indexOf(group), 1);
    }
    groups.push(merged);
  }
  const unplaced = above.filter((policy) => !groups.some((group) => group.above.includes(policy)));
  const result: Share[] = groups.map(({ parts, above }) => ({ parts, above }));
  if (unplaced.length > 0) result.push({ parts: [{ folder: '', files: unplaced }], above: [] });
  return result;
}
