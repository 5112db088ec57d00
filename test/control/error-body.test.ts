import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { messageIn, shown } from '../../src/control/error-body.ts';

describe('what an error says', () => {
  test.each([
    ['plain text', 'Unauthorized', 'Unauthorized'],
    ['plain text with a line', '404 page not found\n', '404 page not found'],
    [
      'grpc-gateway',
      '{"code":3,"message":"node no longer exists in NodeStore: 9","details":[]}',
      'node no longer exists in NodeStore: 9',
    ],
    [
      'problem+json with a cause',
      '{"title":"Bad Request","status":400,"detail":"parsing route","errors":[{"message":"prefix length out of range"}]}',
      'parsing route: prefix length out of range',
    ],
    [
      'problem+json that says its cause twice',
      '{"title":"Bad Request","status":400,"detail":"parsing policy: no tag","errors":[{"message":"parsing policy: no tag"}]}',
      'parsing policy: no tag',
    ],
    [
      'problem+json without a cause',
      '{"title":"Not Found","status":404,"detail":"node not found"}',
      'node not found',
    ],
    ['problem+json with a title alone', '{"title":"Unauthorized","status":401}', 'Unauthorized'],
    ['Tailscale', '{"message":"tailnet not found"}', 'tailnet not found'],
    [
      'Tailscale with data',
      '{"message":"parsing route","data":[{"errors":["prefix length out of range"]}],"status":400}',
      'parsing route: prefix length out of range',
    ],
    [
      'OAuth',
      '{"error":"invalid_client","error_description":"invalid client credentials"}',
      'invalid client credentials',
    ],
    ['a page', '<html><body>502 Bad Gateway</body></html>', ''],
    ['nothing', '', ''],
    ['an empty object', '{}', ''],
    ['other JSON', '[1, null]', ''],
    ['members of other types', '{"message":7,"errors":"x","data":{"errors":[]}}', ''],
    ['errors of other types', '{"errors":[7],"data":[{"errors":[7]}]}', ''],
    ['a broken object', '{"message":', '{"message":'],
    ['a number', '500', ''],
    ['null', 'null', ''],
  ])('%s', (_, body, expected) => {
    expect(messageIn(body)).toBe(expected);
  });

  test('of no text is anything thrown', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => void messageIn(text)));
  });
});

describe('what is shown of it', () => {
  const hide = (text: string) => text.replaceAll('hidden-key', '•••');

  test.each([
    ['is on one line', 'a\r\n::error::b\u2028c\td', 'a ::error::b c d'],
    ['has no control characters', 'a\u001b[31mb\u0000\u0085c', 'a [31mb c'],
    ['has no format characters', 'a\u202eb\u200bc\ufeff', 'a�b�c'],
    ['has no half characters', 'a\ud800b', 'a�b'],
    ['has no secret', 'no hidden-key here', 'no ••• here'],
    ['has no secret that only a line break cuts', 'hidden-key', '•••'],
    ['is clipped', 'x'.repeat(300), `${'x'.repeat(200)}…`],
    ['is clipped between characters', `${'x'.repeat(199)}😀`, `${'x'.repeat(199)}…`],
    ['is not clipped where a secret is', `${'x'.repeat(195)} hidden-key`, `${'x'.repeat(195)} •••`],
    [
      'is as it was',
      'token is missing the required scope devices:routes',
      'token is missing the required scope devices:routes',
    ],
  ])('%s', (_, text, expected) => {
    expect(shown(text, hide)).toBe(expected);
  });

  test('a long text of one sort takes no time', () => {
    for (const text of [' ', '\u202e', 'hidden-key', 'x', '\ud800']) {
      expect(shown(text.repeat(1_000_000), hide).length).toBeLessThan(202);
    }
  });
});
