import type { Span } from '../source/span.ts';

export type Severity = 'error' | 'warning' | 'note';

/** A second place that explains a finding, as the other of two routes that overlap. */
export interface Related {
  readonly at: Span;
  readonly label: string;
}

/** A change of the user's file that would mend a finding. */
export interface Fix {
  /** A verb phrase, as in `write 10.42.0.0/24`. */
  readonly title: string;
  readonly at: Span;
  readonly newText: string;
}

/**
 * What a rule says of the user's files. The rule's id and severity are stamped on by the engine.
 *
 * `message`: one sentence, lower-case start, no full stop, both values in it, no advice, never a secret.
 */
export interface Finding {
  readonly message: string;
  readonly at: Span;
  /** Only where a case differs from its rule. */
  readonly severity?: Severity;
  readonly related?: readonly Related[];
  readonly fix?: Fix;
  /** Of an absence: the thing that lacks it, where an ignore may stand as well. */
  readonly absentFrom?: Span;
}

/** A finding as it is reported. */
export interface Diagnostic extends Finding {
  readonly rule: string;
  readonly severity: Severity;
}

/** Something wrong with a text itself: it does not parse, or it breaks its schema. */
export interface Problem {
  readonly message: string;
  readonly at: Span;
  readonly related?: readonly Related[];
}
