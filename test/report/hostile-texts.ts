import fc from 'fast-check';

/** Whatever a fork may put into a file or call it: random text with pieces that mean something to some sink. */
export const hostile = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary', maxLength: 5 }),
      fc.constantFrom(
        '\n',
        '\r',
        '\r\n',
        '::',
        '##[',
        '##',
        '[',
        ':',
        '%',
        '%0A',
        '%3A',
        ',',
        '\t',
        ' ',
        '\\',
        '|',
      ),
      fc.constantFrom(
        '`',
        '``',
        '`'.repeat(90),
        '<img src=x>',
        '<!-- podroute',
        '-->',
        '@team',
        '#123',
        '](',
        '../',
      ),
      fc.constantFrom(
        '\u001b[2J',
        '\u009b',
        '\u202e',
        '\u200b',
        '\u2028',
        '🦊',
        'e\u0301',
        '日',
        '\ud800',
        '/',
        '..',
      ),
      fc.constantFrom(
        '::error file=a::b',
        '##[add-mask]x',
        '::stop-commands::x',
        '**',
        '[x](https://evil.example)',
      ),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''));

/** What no output has: anything unseen but line ends and the zero-width spaces that part a command or a marker. */
export const UNSEEN =
  /(?!\n|\uFE0F|(?<=##|<|\]|^\s*:)\u200B)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/mu;
