import { describe, expect, test } from 'vitest';
import { findComments, putComment } from '../../src/github/comments.ts';
import { addComment, editComment, JOB } from '../loopback/github.ts';
import { asked, MARKER, NAMESAKE, openPull, STRANGER, startFake } from './fake.ts';

const BODY = `${MARKER}\nthe plan`;

describe.concurrent('our comment', () => {
  test('is written once, edited when its text changes, and left alone otherwise', async () => {
    const fake = await startFake();
    openPull(fake);
    const url = 'https://github.example/homelab/home/pull/12#issuecomment-1000';
    expect(await putComment(fake.github, 12, MARKER, BODY)).toEqual({ written: true, url, changed: true });
    expect(await putComment(fake.github, 12, MARKER, `${BODY}\n`)).toEqual({
      written: true,
      url,
      changed: false,
    });
    expect(asked(fake).filter((line) => !line.startsWith('GET'))).toEqual([
      'POST /issues/12/comments',
      'POST /graphql',
    ]);
    expect(await putComment(fake.github, 12, MARKER, `${BODY} B`)).toEqual({
      written: true,
      url,
      changed: true,
    });
    expect(fake.repository.comments.map(({ body }) => body)).toEqual([`${BODY} B`]);
    expect(await findComments(fake.github, 12, MARKER)).toMatchObject([{ id: 1000, isUntouched: true }]);
  });

  test('is not somebody else’s with the marker, nor ours with the marker elsewhere', async () => {
    const fake = await startFake();
    openPull(fake);
    for (const author of [STRANGER, NAMESAKE]) addComment(fake.repository, { pull: 12, author, body: BODY });
    addComment(fake.repository, { pull: 12, author: JOB, body: `see:\n${BODY}` });
    addComment(fake.repository, { pull: 12, author: JOB, body: `${MARKER}x` });
    addComment(fake.repository, { pull: 13, author: JOB, body: BODY });
    expect(await findComments(fake.github, 12, MARKER)).toEqual([]);
    const before = fake.repository.comments.map(({ body }) => body);
    await putComment(fake.github, 12, MARKER, `${BODY} B`);
    expect(fake.repository.comments.map(({ body }) => body)).toEqual([...before, `${BODY} B`]);
  });

  test('is found among hundreds', async () => {
    const fake = await startFake();
    openPull(fake);
    const many = Array.from({ length: 120 }, () => ({ pull: 12, author: STRANGER }));
    for (const comment of many) addComment(fake.repository, { ...comment, body: 'nice' });
    for (const comment of many) addComment(fake.repository, { ...comment, body: BODY });
    addComment(fake.repository, { pull: 12, author: JOB, body: BODY });
    expect(await findComments(fake.github, 12, MARKER)).toMatchObject([{ id: 1240 }]);
  });

  test('tells when somebody else edited it', async () => {
    const fake = await startFake();
    openPull(fake);
    const comment = addComment(fake.repository, { pull: 12, author: JOB, body: BODY });
    for (const editor of [STRANGER, NAMESAKE]) {
      editComment(comment, `${BODY} B`, editor);
      expect(await findComments(fake.github, 12, MARKER)).toMatchObject([
        { isUntouched: false, editor: editor.login },
      ]);
    }
    await putComment(fake.github, 12, MARKER, `${BODY} B`);
    expect(await findComments(fake.github, 12, MARKER)).toMatchObject([
      { isUntouched: true, editor: undefined },
    ]);
  });

  test('counts once: what another run wrote meanwhile is superseded', async () => {
    const fake = await startFake();
    openPull(fake);
    for (const body of [BODY, BODY]) addComment(fake.repository, { pull: 12, author: JOB, body });
    const put = await putComment(fake.github, 12, MARKER, BODY);
    expect(put).toMatchObject({ written: true, changed: false });
    expect(fake.repository.comments.map(({ body }) => body)).toEqual([
      BODY,
      'Superseded by https://github.example/homelab/home/pull/12#issuecomment-1000',
    ]);
    expect(await findComments(fake.github, 12, MARKER)).toHaveLength(1);
  });
});

describe.concurrent('without GraphQL', () => {
  test('the job’s token writes as github-actions[bot]', async () => {
    const fake = await startFake({ graphQl: false });
    openPull(fake);
    for (const author of [STRANGER, NAMESAKE, JOB])
      addComment(fake.repository, { pull: 12, author, body: BODY });
    expect(await findComments(fake.github, 12, MARKER)).toMatchObject([{ id: 1002, isUntouched: true }]);
  });

  test('a user’s token writes as the user', async () => {
    const tokens = { ghp_user: { account: STRANGER, writes: true } };
    const fake = await startFake({ graphQl: false, tokens }, 'ghp_user');
    openPull(fake);
    for (const author of [STRANGER, JOB]) addComment(fake.repository, { pull: 12, author, body: BODY });
    expect(await findComments(fake.github, 12, MARKER)).toMatchObject([{ id: 1000 }]);
  });

  test('any edit is somebody else’s', async () => {
    const fake = await startFake({ graphQl: false });
    openPull(fake);
    const comment = addComment(fake.repository, { pull: 12, author: JOB, body: BODY });
    editComment(comment, `${BODY} B`, JOB);
    expect(await findComments(fake.github, 12, MARKER)).toMatchObject([
      { isUntouched: false, editor: undefined },
    ]);
  });
});

describe.concurrent('a token that may not', () => {
  test('write: nothing is written, and it says why', async () => {
    const fake = await startFake({ tokens: { ghs_job: { account: JOB, writes: false } } });
    openPull(fake);
    expect(await putComment(fake.github, 12, MARKER, BODY)).toEqual({
      written: false,
      why: 'GitHub does not let this token comment on #12 of homelab/home, the job needs the permission pull-requests: write: Resource not accessible by integration',
    });
  });

  test('read: the same', async () => {
    const fake = await startFake();
    expect(await putComment(fake.github, 99, MARKER, BODY)).toEqual({
      written: false,
      why: 'GitHub does not find what it is asked to read the comments on #99 of homelab/home, or the job lacks the permission pull-requests: read',
    });
  });
});

describe.concurrent('when the world fails', () => {
  test.each([
    ['cut after', 1],
    ['cut before', 2],
  ] as const)('a comment whose answer never came is looked for: %s', async (fault, posts) => {
    const fake = await startFake({
      fault: ({ method, path, earlier }) =>
        method === 'POST' && path.endsWith('/comments') && earlier === 0 ? fault : undefined,
    });
    openPull(fake);
    expect(await putComment(fake.github, 12, MARKER, BODY)).toMatchObject({ written: true });
    expect(fake.repository.comments).toHaveLength(1);
    expect(asked(fake).filter((line) => line === 'POST /issues/12/comments')).toHaveLength(posts);
  });

  test('a comment that is refused is not sent again', async () => {
    const fake = await startFake();
    openPull(fake);
    const put = putComment(fake.github, 12, MARKER, MARKER + 'x'.repeat(70_000));
    await expect(put).rejects.toThrow('GitHub answers 422 when asked to comment on #12: Validation Failed');
    expect(asked(fake).filter((line) => line.startsWith('POST'))).toHaveLength(1);
  });

  test.each(['{"message": "x"}', '<html>', '[1, null, {"id": "x", "body": {}}]', '{"data": null}', '['])(
    'an answer of another kind, %s, is no comment of ours',
    async (body) => {
      const fake = await startFake({
        fault: ({ path }) => (path === '/graphql' ? { status: 200, body } : undefined),
      });
      openPull(fake);
      addComment(fake.repository, { pull: 12, author: JOB, body: BODY });
      await expect(findComments(fake.github, 12, MARKER)).rejects.toThrow(/^GitHub/);
      const list = await startFake({ fault: () => ({ status: 200, body }) });
      const found = await findComments(list.github, 12, MARKER).catch((error) => error.name);
      expect(['GitHubError', []]).toContainEqual(found);
    },
  );
});
