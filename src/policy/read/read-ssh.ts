import type { Located } from '../../source/span.ts';
import type { SelectorUse, SshRule } from '../policy.ts';
import {
  checkBoolean,
  type Field,
  fieldsOf,
  headOf,
  isAbsent,
  isEmpty,
  itemsOf,
  type Part,
  stringOf,
  stringsOf,
} from './fields.ts';
import { SSH } from './members.ts';
import { formatDuration, HOUR, readDuration } from './read-duration.ts';
import { trimmed } from './read-selector.ts';
import { readPostures, readSelectors, readWords } from './read-selectors.ts';
import { quote, type Reading } from './selector-checks.ts';

/** [Tailscale docs, policy file syntax, 2026-04] */
const LONGEST_CHECK_PERIOD = 168n * HOUR;

export function readSshRules(section: Part | undefined, reading: Reading): SshRule[] {
  return itemsOf(section, reading.report).flatMap((item, index) => {
    const fields = fieldsOf(item, SSH, reading.report);
    if (item.tree.kind !== 'map') return [];
    const action = readAction(fields.get('action'), item, reading);
    const sources = readSelectors(fields.get('src'), 'ssh src', reading);
    const destinations = readSelectors(fields.get('dst'), 'ssh dst', reading);
    const users = readUsers(fields.get('users'), item, reading);
    const postures = readPostures(fields.get('srcPosture'), reading);
    checkCheckPeriod(fields.get('checkPeriod'), reading);
    checkAcceptEnv(fields.get('acceptEnv'), reading);
    readSelectors(fields.get('recorder'), 'recorder', reading);
    checkBoolean(fields.get('enforceRecorder'), reading.report);
    checkOwnDevices(sources, destinations, reading);
    return [{ index, span: item.tree.span, action, sources, destinations, users, postures }];
  });
}

function readAction(field: Field | undefined, rule: Part, { report }: Reading): SshRule['action'] {
  const scalar = stringOf(field, report);
  const action = scalar && trimmed(scalar);
  if (action?.value === 'accept' || action?.value === 'check') return action.value;
  if (action?.value) report(`${quote(action.value)} is not a valid action`, action.span);
  else if (scalar || isAbsent(field)) report('action must be specified', scalar?.span ?? headOf(rule.tree));
  // The one that gives less.
  return 'check';
}

function readUsers(field: Field | undefined, rule: Part, reading: Reading): Located<string>[] {
  const users = readWords(field, reading);
  if (isEmpty(field)) {
    reading.report('users must be specified', headOf((field ?? rule).tree));
  }
  return users.filter(({ value, span }) => {
    const isValid = value !== '' && value !== '*';
    if (!isValid) reading.report(`user ${quote(value)} is not valid`, span);
    return isValid;
  });
}

function checkCheckPeriod(field: Field | undefined, { report }: Reading): void {
  const scalar = stringOf(field, report);
  if (scalar === undefined || scalar.text === '') return;
  const { value: text, span } = trimmed(scalar);
  if (text === 'always') return;
  const period = readDuration(text);
  if (!period.ok) report(period.fault, span);
  else if (period.value < 0n)
    report(`checkPeriod ${formatDuration(period.value)} must be a positive duration`, span);
  else if (period.value > LONGEST_CHECK_PERIOD) {
    report(`checkPeriod ${formatDuration(period.value)} is above the max (168h)`, span);
  }
}

function checkAcceptEnv(field: Field | undefined, { report }: Reading): void {
  for (const { text, span } of stringsOf(field, report)) {
    if (text === '') report('acceptEnv values cannot be empty', span);
  }
}

/** Nobody comes by SSH to a device of another user. [Tailscale docs, policy file syntax, 2026-04] */
function checkOwnDevices(
  sources: readonly SelectorUse[],
  destinations: readonly SelectorUse[],
  { report }: Reading,
): void {
  const tagged = sources.find(({ value, text }) => value.kind === 'tag' || text === 'autogroup:tagged');
  for (const { value, text, span } of destinations) {
    if (value.kind === 'user') {
      const other = sources.find((source) => source.text !== text);
      if (other) {
        const label = 'another source';
        report(`user destination requires source to contain only that same user ${quote(text)}`, span, [
          { at: other.span, label },
        ]);
      }
    } else if (tagged && (text === 'autogroup:self' || text === 'autogroup:member')) {
      report(
        `${quote(tagged.text)} cannot be a source where ${quote(text)} is the destination`,
        tagged.span,
        [{ at: span, label: 'the destination' }],
      );
    }
  }
}
