import { decodeReviewed, type ReviewedPlan } from '../plan/reviewed.ts';
import { type Asked, ask, askAll, askFor, type GitHub, unexpected } from './client.ts';
import { findComments, type OwnComment } from './comments.ts';
import { idAt, shaAt, textAt } from './payload.ts';
import { mergedPullOf, sameName } from './pulls.ts';

/** `refused`: a sentence without a full stop that tells why the plan does not count. */
export type Reviewed = { readonly plan: ReviewedPlan } | { readonly refused: string };

/**
 * The plan that reviewers of a merged pull request saw: out of the one comment with it that this token's identity wrote
 * and nobody else edited, planned for the very commit that was merged. Whatever leaves a doubt refuses it.
 * The comment's first line is the marker, its second `<!-- podroute:reviewed PLAN -->` as `encodeReviewed` makes it.
 */
export async function readReviewedPlan(github: GitHub, pull: number, marker: string): Promise<Reviewed> {
  const comments = await findComments(github, pull, marker);
  const [comment] = comments;
  if (comment === undefined) return { refused: `no plan of podroute's was shown on #${pull}` };
  if (comments.length > 1) return { refused: `${comments.length} comments on #${pull} show a plan` };
  if (!comment.isUntouched) return { refused: touched(comment, pull) };
  const plan = planIn(comment);
  if (plan === undefined) return { refused: `the comment on #${pull} holds no plan that can be read` };
  const refused =
    foreign(github, plan, pull) ?? (await unlikeMerge(github, plan)) ?? (await unlikeApproval(github, plan));
  return refused === undefined ? { plan } : { refused };
}

/** The plan that a pull request shows now, merged or not; undefined where there is a doubt whose it is. */
export async function shownPlan(
  github: GitHub,
  pull: number,
  marker: string,
): Promise<ReviewedPlan | undefined> {
  const [comment, another] = await findComments(github, pull, marker);
  if (comment === undefined || another !== undefined || !comment.isUntouched) return undefined;
  const plan = planIn(comment);
  return plan !== undefined && foreign(github, plan, pull) === undefined ? plan : undefined;
}

/** The second line of the comment's text is the plan and nothing else. */
function planIn({ body }: OwnComment): ReviewedPlan | undefined {
  const encoded = /^[^\r\n]*\r?\n<!-- podroute:reviewed ([A-Za-z0-9+/]+={0,2}) -->(?:\r?\n|$)/.exec(
    body,
  )?.[1];
  return encoded === undefined ? undefined : decodeReviewed(encoded);
}

function touched({ editor }: OwnComment, pull: number): string {
  return editor === undefined
    ? `the comment with the plan of #${pull} was edited, and not certainly by podroute`
    : `the comment with the plan of #${pull} was edited by ${editor}`;
}

function foreign({ repository }: GitHub, plan: ReviewedPlan, pull: number): string | undefined {
  if (sameName(plan.repository, repository) && plan.pull === pull) return undefined;
  return `the plan shown on #${pull} is of ${plan.repository}#${plan.pull}`;
}

async function unlikeMerge(github: GitHub, { pull, heads }: ReviewedPlan): Promise<string | undefined> {
  const asked: Asked = { to: `read #${pull}`, needs: 'pull-requests: read' };
  const { data } = await ask(github, asked, () =>
    github.octokit.request('GET /repos/{owner}/{repo}/pulls/{pull_number}', {
      ...github.place,
      pull_number: pull,
    }),
  );
  const defaultBranch = textAt(data, 'base', 'repo', 'default_branch');
  if (idAt(data, 'number') !== pull) throw unexpected(asked);
  const merged = mergedPullOf(data, github.repository);
  if (merged === undefined) return `#${pull} is not merged`;
  // A server that does not tell is asked for the pull requests of the default branch alone.
  if (defaultBranch !== undefined && merged.base !== defaultBranch)
    return `#${pull} was merged into ${merged.base}, not into ${defaultBranch}`;
  if (merged.isFork) return `#${pull} comes from a fork, where no plan is made before the merge`;
  const planned = heads.at(-1);
  if (merged.head === planned) return undefined;
  return `commit ${short(merged.head)} of #${pull} came after the plan, which was made for ${short(planned)}`;
}

/**
 * An approval is of a commit. If nobody approved one that this very plan was made for, the plan changed after the
 * approval. Anybody who reads a repository may approve: of a stranger it counts only if no member approved.
 */
async function unlikeApproval(github: GitHub, { pull, heads }: ReviewedPlan): Promise<string | undefined> {
  const approvals = await listApprovals(github, pull);
  const members = approvals.filter(({ isMember }) => isMember);
  const counting = members.length > 0 ? members : approvals;
  const last = counting.at(-1);
  if (last === undefined || counting.some(({ commit }) => commit !== undefined && heads.includes(commit)))
    return undefined;
  return `#${pull} was approved at commit ${short(last.commit)}, for which the plan was another`;
}

interface Approval {
  readonly commit: string | undefined;
  readonly isMember: boolean;
}

/** Each reviewer's last word, if it approves; in the order of the reviews. */
async function listApprovals(github: GitHub, pull: number): Promise<readonly Approval[]> {
  const asked: Asked = { to: `read the reviews of #${pull}`, needs: 'pull-requests: read' };
  const pages = github.octokit.paginate.iterator('GET /repos/{owner}/{repo}/pulls/{pull_number}/reviews', {
    ...github.place,
    pull_number: pull,
    per_page: 100,
  });
  const reviews = await askFor(github, asked, () => askAll(github, asked, pages));
  const words = new Map<number | undefined, Approval | undefined>();
  for (const review of reviews ?? []) {
    const state = textAt(review, 'state');
    if (state !== 'APPROVED' && state !== 'CHANGES_REQUESTED' && state !== 'DISMISSED') continue;
    const reviewer = idAt(review, 'user', 'id');
    words.delete(reviewer); // to stand last
    words.set(reviewer, state === 'APPROVED' ? approvalOf(review) : undefined);
  }
  return [...words.values()].filter((word) => word !== undefined);
}

/** A server that does not tell how reviewers belong to the repository makes members of all. */
function approvalOf(review: unknown): Approval {
  const association = textAt(review, 'author_association') ?? 'MEMBER';
  return {
    commit: shaAt(review, 'commit_id'),
    isMember: ['OWNER', 'MEMBER', 'COLLABORATOR'].includes(association),
  };
}

function short(sha: string | undefined): string {
  return sha?.slice(0, 7) ?? '(unknown)';
}
