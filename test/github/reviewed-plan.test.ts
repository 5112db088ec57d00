import { describe, expect, test } from 'vitest';
import { findComments, putComment } from '../../src/github/comments.ts';
import { readReviewedPlan, shownPlan } from '../../src/github/reviewed-plan.ts';
import { encodeReviewed, type ReviewedPlan } from '../../src/plan/reviewed.ts';
import { type Account, addComment, editComment, type FakeOptions, JOB } from '../loopback/github.ts';
import {
  type Fake,
  MARKER,
  mergePull,
  NAMESAKE,
  openPull,
  REPOSITORY,
  STRANGER,
  sha,
  startFake,
} from './fake.ts';

const MEMBER: Account = { login: 'member', id: 21, type: 'User' };
const OTHER: Account = { login: 'other', id: 22, type: 'User' };

const PLAN: ReviewedPlan = {
  version: 1,
  repository: REPOSITORY,
  pull: 12,
  heads: [sha('a')],
  server: 'https://api.tailscale.com',
  control: 'tailscale',
  digest: `sha256:${'0'.repeat(64)}`,
  routes: [{ node: 'kyoto-1', device: '7', prefix: '10.42.3.0/24', action: 'approve', pending: false }],
};

function bodyOf(plan: Partial<ReviewedPlan> = {}): string {
  return `${MARKER}\n<!-- podroute:reviewed ${encodeReviewed({ ...PLAN, ...plan })} -->\n\n## The plan\n`;
}

/** A pull request with the plan in a comment of ours, merged; `then` is what happens besides. */
async function merged(then: (fake: Fake) => void = () => {}, options: FakeOptions = {}, plan = {}) {
  const fake = await startFake(options);
  openPull(fake);
  addComment(fake.repository, { pull: 12, author: JOB, body: bodyOf(plan) });
  mergePull(fake);
  then(fake);
  return fake;
}

async function refusalOf(fake: Fake): Promise<string> {
  const reviewed = await readReviewedPlan(fake.github, 12, MARKER);
  return 'refused' in reviewed ? reviewed.refused : 'not refused';
}

describe.concurrent('the plan counts', () => {
  test('that this token wrote on the pull request', async () => {
    const fake = await merged();
    expect(await readReviewedPlan(fake.github, 12, MARKER)).toEqual({ plan: PLAN });
  });

  test('that this token edited since', async () => {
    const fake = await startFake();
    openPull(fake);
    await putComment(fake.github, 12, MARKER, bodyOf({ heads: [sha('b')] }));
    await putComment(fake.github, 12, MARKER, bodyOf().replaceAll('\n', '\r\n'));
    expect(await shownPlan(fake.github, 12, MARKER)).toEqual(PLAN);
    mergePull(fake);
    expect(await readReviewedPlan(fake.github, 12, MARKER)).toEqual({ plan: PLAN });
  });

  test('beside forged ones of others, which are no comments of ours', async () => {
    const fake = await merged(({ repository }) => {
      for (const author of [STRANGER, NAMESAKE, MEMBER])
        addComment(repository, { pull: 12, author, body: bodyOf({ routes: [] }) });
    });
    expect(await readReviewedPlan(fake.github, 12, MARKER)).toEqual({ plan: PLAN });
    expect(await findComments(fake.github, 12, MARKER)).toHaveLength(1);
  });

  test('on a server without GraphQL and without reviews, as long as nobody edited it', async () => {
    const fake = await merged(undefined, {
      graphQl: false,
      fault: ({ path }) => (path.includes('/reviews') ? { status: 404 } : undefined),
    });
    expect(await readReviewedPlan(fake.github, 12, MARKER)).toEqual({ plan: PLAN });
  });
});

describe.concurrent('the plan is refused', () => {
  test.each<[string, string, (fake: Fake) => void]>([
    [
      'if only somebody else wrote it',
      "no plan of podroute's was shown on #12",
      ({ repository }) => {
        repository.comments.splice(0);
        for (const author of [STRANGER, NAMESAKE])
          addComment(repository, { pull: 12, author, body: bodyOf() });
      },
    ],
    [
      'if it stands on another pull request',
      "no plan of podroute's was shown on #12",
      ({ repository }) => {
        repository.comments.splice(0);
        addComment(repository, { pull: 13, author: JOB, body: bodyOf() });
      },
    ],
    [
      'if there are two',
      '2 comments on #12 show a plan',
      ({ repository }) => addComment(repository, { pull: 12, author: JOB, body: bodyOf() }),
    ],
    [
      'if somebody else edited it',
      'the comment with the plan of #12 was edited by member',
      ({ repository }) => editComment(repository.comments[0]!, bodyOf({ routes: [] }), MEMBER),
    ],
    [
      'if somebody who is called as the bot is edited it',
      'the comment with the plan of #12 was edited by github-actions',
      ({ repository }) => editComment(repository.comments[0]!, bodyOf(), NAMESAKE),
    ],
    [
      'if the pull request is not merged',
      '#12 is not merged',
      ({ repository }) => {
        delete repository.pulls[0]!.merged;
        repository.pulls[0]!.closed = true;
      },
    ],
    [
      'if it was merged into another branch',
      '#12 was merged into release, not into main',
      ({ repository }) => {
        repository.pulls[0]!.base = { ref: 'release', sha: sha('1') };
      },
    ],
    [
      'if a commit came after it',
      'commit bbbbbbb of #12 came after the plan, which was made for aaaaaaa',
      ({ repository }) => {
        repository.pulls[0]!.head = { ref: 'kyoto-1', sha: sha('b'), repository: REPOSITORY };
      },
    ],
    ...['contributor/home', null].map((fork): [string, string, (fake: Fake) => void] => [
      `if the branch is of the fork ${fork}`,
      '#12 comes from a fork, where no plan is made before the merge',
      ({ repository }) => {
        repository.pulls[0]!.head = { ref: 'kyoto-1', sha: sha('a'), repository: fork };
      },
    ]),
  ])('%s', async (_, why, then) => {
    expect(await refusalOf(await merged(then))).toBe(why);
  });

  test.each<[Partial<ReviewedPlan>, string]>([
    [{ pull: 13 }, `the plan shown on #12 is of ${REPOSITORY}#13`],
    [{ repository: 'contributor/home' }, 'the plan shown on #12 is of contributor/home#12'],
    [
      { heads: [sha('a'), sha('b')] },
      'commit aaaaaaa of #12 came after the plan, which was made for bbbbbbb',
    ],
    [{ heads: [] }, 'commit aaaaaaa of #12 came after the plan, which was made for (unknown)'],
  ])('if it is %j', async (plan, why) => {
    const fake = await merged(undefined, {}, plan);
    expect(await refusalOf(fake)).toBe(why);
  });

  const code = encodeReviewed(PLAN);
  test.each([
    MARKER,
    `${MARKER}\n`,
    `${MARKER}\n\n<!-- podroute:reviewed ${code} -->`,
    `${MARKER}\n> <!-- podroute:reviewed ${code} -->`,
    `${MARKER}\n<!-- podroute:reviewed ${code} --> more`,
    `${MARKER}\n<!-- podroute:reviewed  -->`,
    `${MARKER}\n<!-- podroute:reviewed ${code.slice(0, -9)} -->`,
    `${MARKER}\n<!-- podroute:reviewed ${btoa('{"version": 1, "__proto__": {}}')} -->`,
    `${MARKER}\n<!-- podroute:reviewed ${btoa('['.repeat(40_000))} -->`,
    `${MARKER}\n<!-- podroute:reviewed ${'A'.repeat(65_000)}`,
    `${MARKER}\n${'<!-- podroute:reviewed '.repeat(2800)}`,
  ])('if there is none to be read: %.60j', async (body) => {
    const fake = await merged(({ repository }) => {
      repository.comments[0]!.body = body;
    });
    expect(await refusalOf(fake)).toBe('the comment on #12 holds no plan that can be read');
    expect(await shownPlan(fake.github, 12, MARKER)).toBeUndefined();
  });

  test('if it was edited where nobody tells by whom', async () => {
    const fake = await merged(({ repository }) => editComment(repository.comments[0]!, bodyOf(), JOB), {
      graphQl: false,
    });
    expect(await refusalOf(fake)).toBe(
      'the comment with the plan of #12 was edited, and not certainly by podroute',
    );
  });
});

describe.concurrent('approvals', () => {
  type State = 'APPROVED' | 'CHANGES_REQUESTED' | 'COMMENTED' | 'DISMISSED';
  type Said = readonly [user: Account, state: State, commit: string, association?: 'NONE' | 'OWNER'];
  const HEADS = { heads: [sha('e'), sha('a')] };

  async function approved(...said: readonly Said[]): Promise<string> {
    const fake = await merged(
      ({ repository }) => {
        for (const [user, state, digit, association] of said) {
          const review = { pull: 12, user, state, commit: digit === '' ? null : sha(digit) };
          repository.reviews.push({ ...review, ...(association && { association }) });
        }
      },
      {},
      HEADS,
    );
    return refusalOf(fake);
  }

  const CHANGED = '#12 was approved at commit ddddddd, for which the plan was another';

  test('are not needed', async () => {
    expect(await approved([MEMBER, 'COMMENTED', 'd'], [OTHER, 'CHANGES_REQUESTED', 'd'])).toBe('not refused');
  });

  test.each<[string, readonly Said[]]>([
    ['of the merged commit', [[MEMBER, 'APPROVED', 'a']]],
    ['of a commit with the same plan', [[MEMBER, 'APPROVED', 'e']]],
    [
      'of one member are enough',
      [
        [MEMBER, 'APPROVED', 'a'],
        [OTHER, 'APPROVED', 'd'],
      ],
    ],
    [
      'given again',
      [
        [MEMBER, 'APPROVED', 'd'],
        [MEMBER, 'APPROVED', 'a'],
      ],
    ],
    [
      'stand beside later comments',
      [
        [MEMBER, 'APPROVED', 'a'],
        [MEMBER, 'COMMENTED', 'd'],
      ],
    ],
    [
      'that were taken back are none',
      [
        [MEMBER, 'APPROVED', 'd'],
        [MEMBER, 'DISMISSED', 'd'],
      ],
    ],
    ['of strangers count where no member approved', [[STRANGER, 'APPROVED', 'a', 'NONE']]],
  ])('%s', async (_, said) => {
    expect(await approved(...said)).toBe('not refused');
  });

  test.each<[string, string, readonly Said[]]>([
    ['before the plan changed', CHANGED, [[MEMBER, 'APPROVED', 'd']]],
    [
      'of all before the plan changed',
      CHANGED,
      [
        [OTHER, 'APPROVED', 'c'],
        [MEMBER, 'APPROVED', 'd'],
      ],
    ],
    [
      'that were taken back do not help',
      CHANGED,
      [
        [OTHER, 'APPROVED', 'a'],
        [MEMBER, 'APPROVED', 'd'],
        [OTHER, 'CHANGES_REQUESTED', 'a'],
      ],
    ],
    [
      'of strangers do not help',
      CHANGED,
      [
        [MEMBER, 'APPROVED', 'd', 'OWNER'],
        [STRANGER, 'APPROVED', 'a', 'NONE'],
      ],
    ],
    [
      'of a commit that is gone',
      '#12 was approved at commit (unknown), for which the plan was another',
      [[MEMBER, 'APPROVED', '']],
    ],
  ])('%s: refused', async (_, why, said) => {
    expect(await approved(...said)).toBe(why);
  });

  test('are found among hundreds of reviews', async () => {
    const comments = Array.from({ length: 130 }, (): Said => [STRANGER, 'COMMENTED', 'a', 'NONE']);
    expect(await approved(...comments, [MEMBER, 'APPROVED', 'd'])).toBe(CHANGED);
  });
});

describe.concurrent('a server that fails', () => {
  test.each(['/reviews', '/pulls/12', '/graphql', '/comments'])(
    'at %s is a failure, never a plan',
    async (part) => {
      const fake = await merged(undefined, {
        fault: ({ path }) => (path.split('?')[0]!.endsWith(part) ? { status: 502 } : undefined),
      });
      await expect(readReviewedPlan(fake.github, 12, MARKER)).rejects.toThrow('GitHub answers 502');
      const garbage = await merged(undefined, {
        fault: ({ path }) =>
          path.split('?')[0]!.endsWith(part) ? { status: 200, body: '{"message": "x"}' } : undefined,
      });
      const outcome = await readReviewedPlan(garbage.github, 12, MARKER).catch((error) => error.name);
      expect(outcome).toBe('GitHubError');
    },
  );
});
