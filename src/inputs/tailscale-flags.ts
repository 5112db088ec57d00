import { located, type Span, textOf } from '../source/span.ts';
import { type Given, splitGiven } from '../syntax/given.ts';
import type { Advertised, GivenFlag, Secret, TailscaleFacts } from './facts.ts';
import { absentAfter, readFlagWord } from './flag-words.ts';
import { secretIn } from './secrets.ts';

/** Flags of `tailscale up` and `set` that are on or off [Tailscale 1.98, cmd/tailscale/cli/{up,set}.go]. */
const BOOLEAN_FLAGS: ReadonlySet<string> = new Set(
  `accept-dns accept-routes advertise-connector advertise-exit-node auto-update exit-node-allow-lan-access
   force-reauth host-routes json posture-checking qr report-posture reset shields-up snat-subnet-routes ssh
   stateful-filtering sync unattended update-check webclient`.split(/\s+/),
);

const SECRETS: ReadonlyMap<string, string> = new Map([
  ['auth-key', 'a Tailscale auth key'],
  ['authkey', 'a Tailscale auth key'],
  ['client-secret', 'a Tailscale OAuth client secret'],
]);

/** What the flags of one command say. */
export interface TailscaleFlags {
  readonly tailscale: TailscaleFacts;
  readonly hostname?: Given;
  readonly secrets: readonly Secret[];
}

/**
 * Reads the words after `tailscale up` or `set`, by Go's rules: booleans take a value only after `=`, other flags
 * also the next word, and the last of a repeated flag counts.
 *
 * At a word that is no flag Tailscale refuses the whole command. What follows is still read, for it is what the
 * author means; nothing counts as absent then (`complete` is false).
 */
export function readTailscaleFlags(
  words: readonly Given[],
  by: TailscaleFacts['by'],
  at: Span,
): TailscaleFlags {
  const { flags, strayWords, complete } = readFlags(words);
  const last = (name: string) => flags.findLast((flag) => flag.name === name);
  const word = (name: string) => filled(last(name)?.value);
  const onOff = (name: string) => readBoolean(last(name), strayWords);

  const acceptRoutes = onOff('accept-routes');
  const advertiseExitNode = onOff('advertise-exit-node');
  const exitNode = word('exit-node');
  const exitNodeAllowLanAccess = onOff('exit-node-allow-lan-access');
  const snatSubnetRoutes = onOff('snat-subnet-routes');
  const statefulFiltering = onOff('stateful-filtering');
  const hostname = word('hostname');
  return {
    tailscale: {
      by,
      at,
      complete,
      ...(acceptRoutes && { acceptRoutes }),
      advertise: advertisedIn(last('advertise-routes')?.value),
      tags: tagsIn(last('advertise-tags')?.value),
      ...(advertiseExitNode && { advertiseExitNode }),
      ...(exitNode && { exitNode }),
      ...(exitNodeAllowLanAccess && { exitNodeAllowLanAccess }),
      ...(snatSubnetRoutes && { snatSubnetRoutes }),
      ...(statefulFiltering && { statefulFiltering }),
      strayWords,
    },
    ...(hostname && { hostname }),
    secrets: flags.flatMap(({ name, value }) => secretsIn(name, value)),
  };
}

interface Flag {
  readonly name: string;
  readonly key: Span;
  readonly value?: Given;
}

interface Flags {
  readonly flags: readonly Flag[];
  readonly strayWords: TailscaleFacts['strayWords'];
  readonly complete: boolean;
}

function readFlags(words: readonly Given[]): Flags {
  const flags: Flag[] = [];
  const strayWords: TailscaleFacts['strayWords'][number][] = [];
  let complete = true;
  /** The boolean flag that the last word was. */
  let boolean: Flag | undefined;
  for (let index = 0; index < words.length; index++) {
    const word = words[index]!;
    const read = readFlagWord(word);
    if (read.kind === 'end') break;
    if (read.kind !== 'flag') {
      complete = false;
      if (boolean && word.text !== undefined)
        strayWords.push({
          flag: located(textOf(boolean.key), boolean.key),
          word: located(word.text, word.span),
        });
      boolean = undefined;
      continue;
    }
    const isBoolean = BOOLEAN_FLAGS.has(read.name);
    boolean = isBoolean && !read.value ? read : undefined;
    if (isBoolean || read.value) {
      flags.push(read);
      continue;
    }
    const next = words[index + 1];
    const value = next && readFlagWord(next).kind !== 'flag' ? next : undefined;
    if (value) index++;
    flags.push({ ...read, value: value ?? absentAfter(read.key) });
  }
  return { flags, strayWords, complete };
}

/** A boolean as Go parses it; a flag that a stray `false` follows is on for Go and off for its author. */
function readBoolean(flag: Flag | undefined, stray: Flags['strayWords']): GivenFlag | undefined {
  if (!flag) return undefined;
  const meant = stray.find((each) => each.flag.span === flag.key)?.word.value;
  if (!flag.value)
    return { on: meant && /^(false|no|off|0)$/i.test(meant) ? undefined : true, span: flag.key };
  const { text = '', span } = flag.value;
  const isTrue = /^(1|t|T|TRUE|true|True)$/.test(text);
  const isFalse = /^(0|f|F|FALSE|false|False)$/.test(text);
  return { on: isTrue ? true : isFalse ? false : undefined, span };
}

/** An empty list withdraws every route. */
function advertisedIn(value: Given | undefined): readonly Advertised[] {
  if (!value || value.text === '') return [];
  return splitGiven(value, ',').map((prefix) => ({ prefix, redundant: false }));
}

/** Tags with the `tag:` that may be left out. */
function tagsIn(value: Given | undefined): readonly Given[] {
  if (!value || value.text === '') return [];
  return splitGiven(value, ',').map((tag) =>
    tag.text === undefined || tag.text.startsWith('tag:') ? tag : { text: `tag:${tag.text}`, span: tag.span },
  );
}

function filled(value: Given | undefined): Given | undefined {
  return value?.text === '' ? undefined : value;
}

function secretsIn(name: string, value: Given | undefined): readonly Secret[] {
  const what = SECRETS.get(name);
  return what === undefined ? [] : secretIn(value, what);
}
