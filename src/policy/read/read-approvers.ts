import type { Approver, Policy, SelectorUse, ServiceApprover } from '../policy.ts';
import { entriesOf, type Field, fieldsOf, type Part } from './fields.ts';
import { AUTO_APPROVERS } from './members.ts';
import { readPrefix, selectorUse, trimmed } from './read-selector.ts';
import { readSelectors } from './read-selectors.ts';
import { checkSelector, quote, type Reading } from './selector-checks.ts';

export function readApprovers(
  section: Part | undefined,
  reading: Reading,
): Pick<Policy, 'approvers' | 'exitNodeApprovers' | 'serviceApprovers'> {
  const fields = fieldsOf(section, AUTO_APPROVERS, reading.report);
  return {
    approvers: entriesOf(fields.get('routes'), reading.report).flatMap((entry) => readRoute(entry, reading)),
    exitNodeApprovers: readSelectors(fields.get('exitNode'), 'approver', reading),
    serviceApprovers: entriesOf(fields.get('services'), reading.report).flatMap((entry) =>
      readService(entry, reading),
    ),
  };
}

function readRoute(entry: Field, reading: Reading): Approver[] {
  const { value: text, span } = trimmed(entry.key);
  const prefix = readPrefix(text);
  const who: SelectorUse[] = readSelectors(entry, 'approver', reading);
  if (prefix) return [{ prefix: { value: prefix, span }, who }];
  const message = `autoApprovers.routes[${quote(text)}]: ${quote(text)} is not a prefix`;
  reading.report(message, span, undefined, { is: 'prefix' });
  return [];
}

function readService(entry: Field, reading: Reading): ServiceApprover[] {
  const service = selectorUse(entry.key);
  const who = readSelectors(entry, 'approver', reading);
  if (service?.value.kind === 'service' || service?.value.kind === 'tag') {
    if (service.value.kind === 'tag') checkSelector(service, 'approver', reading);
    return [{ service, who }];
  }
  const { value: text, span } = trimmed(entry.key);
  reading.report(
    `autoApprovers.services[${quote(text)}]: ${quote(text)} is neither a service nor a tag`,
    span,
  );
  return [];
}
