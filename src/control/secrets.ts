import { ControlError } from './control-server.ts';

/** The secrets of a run: what is told of them to the outside, and how they are kept out of what a server says. */
export interface Secrets {
  /** To be called before a secret is first used. */
  readonly add: (secret: string) => void;
  /** The text without any of them, in whatever way they are written in it. */
  readonly hide: (text: string) => string;
}

const MASK = '•••';
/** Keys of Tailscale and Headscale, whosever they are. */
const KEYS = /\b[th]skey-[\w-]+/gi;
/** Shorter ones are in too many words. */
const SHORTEST = 4;

export function secretKeeper(onSecret: (secret: string) => void): Secrets {
  const forms = new Set<string>();
  return {
    add(secret) {
      if (secret === '') return;
      for (const form of formsOf(secret)) if (form.length >= SHORTEST) forms.add(form);
      onSecret(secret);
    },
    hide(text) {
      const longestFirst = [...forms].sort((a, b) => b.length - a.length);
      const hidden = longestFirst.reduce((left, form) => left.replace(inAnyCase(form), MASK), text);
      return hidden.replace(KEYS, MASK);
    },
  };
}

/**
 * A pasted secret without the white space around it, as it goes into a header. Throws a `ControlError` for one that is
 * empty or that no header carries; `called` is what it is, as in `the API key`.
 */
export function headerSafe(secret: string, called: string): string {
  const trimmed = secret.trim();
  if (trimmed === '') throw new ControlError(`${called} is empty`);
  if (!/^[\x21-\x7e]+$/.test(trimmed)) {
    throw new ControlError(`${called} has a line break, a blank or another character in it that no key has`);
  }
  return trimmed;
}

function formsOf(secret: string): readonly string[] {
  const percent = encodeURIComponent(secret);
  return [
    secret,
    percent,
    new URLSearchParams([['', secret]]).toString().slice(1),
    JSON.stringify(secret).slice(1, -1),
    Buffer.from(secret).toString('hex'),
    ...base64Forms(secret),
  ];
}

function inAnyCase(form: string): RegExp {
  return new RegExp(form.replace(/[^\w]/g, '\\$&'), 'gi');
}

/** In base64 three bytes make four characters, so what stands before a secret, as a user's name, gives three forms. */
function base64Forms(secret: string): readonly string[] {
  return [0, 1, 2].flatMap((before) => {
    const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(secret)]);
    // Only the characters that no byte before or after it has a part in.
    const from = Math.ceil((before * 4) / 3);
    const to = Math.floor((bytes.length * 4) / 3);
    return (['base64', 'base64url'] as const).map((kind) => bytes.toString(kind).slice(from, to));
  });
}
