import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { progressOn } from '../../src/app/progress.ts';

/** What is written to a stream while a clock that the test holds goes on. */
function watch(isTTY: boolean) {
  const stream = new PassThrough({ encoding: 'utf8' });
  const clock = { now: 0 };
  const progress = progressOn(
    () => Object.assign(stream, { isTTY }),
    () => clock.now,
  );
  return { progress, clock, written: () => stream.read() ?? '' };
}

test('a terminal that waits for more than half a second is told', () => {
  const { progress, clock, written } = watch(true);
  progress.looked(1);
  clock.now = 499;
  progress.looked(2);
  expect(written()).toBe('');
  clock.now = 500;
  progress.looked(3);
  clock.now = 599;
  progress.looked(4);
  clock.now = 600;
  progress.looked(5);
  expect(written()).toBe('\r3 files looked at\r5 files looked at');
  progress.done();
  expect(written()).toBe('\r\u001b[K');
});

test('a short run and a run without a terminal are told nothing', () => {
  const short = watch(true);
  short.progress.looked(1);
  short.progress.done();
  expect(short.written()).toBe('');
  const piped = watch(false);
  piped.clock.now = 10_000;
  piped.progress.looked(1);
  piped.progress.done();
  expect(piped.written()).toBe('');
});
