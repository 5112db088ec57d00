import { expect, test } from 'vitest';
import { prefixWords } from '../../src/policy/prefix-words.ts';
import { sourceFile } from '../../src/source/source-file.ts';
import { textOf } from '../../src/source/span.ts';
import { parseHujson } from '../../src/syntax/hujson.ts';
import { treeOf } from '../../src/syntax/hujson-value.ts';

test.each([
  [
    '{"autoApprovers": {"routes": {"10.42.0.0/16": [], "10.42.0.0": [], "x": []}}}',
    '10.42.0.0/16 10.42.0.0 x',
  ],
  ['{"AUTOAPPROVERS": {"Routes": {"10.42.0.0/16": null}, "exitNode": ["10.0.0.0/8"]}}', '10.42.0.0/16'],
  [
    '{"hosts": {"lan": "192.168.50.0/33", "one": "100.64.0.1", "10.0.0.0/8": "10.0.0.0/8"}}',
    '192.168.50.0/33 10.0.0.0/8',
  ],
  // A host may have host bits.
  ['{"hosts": {"lan": "192.168.50.7/24"}, "acls": ["10.0.0.0/8"]}', ''],
  ['{"hosts": {"lan": ["10.0.0.0/8"], "x": 7}, "autoApprovers": []}', ''],
  ['[]', ''],
])('%s', (text, words) => {
  const file = sourceFile('policy.hujson', text);
  const found = prefixWords(treeOf(file, parseHujson(file).root!));
  expect(found.map((word) => word.text)).toEqual(words.split(' ').filter(Boolean));
  expect(found.map(({ span }) => textOf(span))).toEqual(found.map((word) => JSON.stringify(word.text)));
});
