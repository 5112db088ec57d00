/**
 * Users' e-mail addresses as `a…@example.com`: a policy and its users are seen by fewer people than a comment. What
 * ends with its `@`, as Headscale's names of users in a policy, stays.
 */
export function maskEmails(text: string): string {
  if (!text.includes('@')) return text;
  return text.replace(/[^\s"'`,;:=()<>[\]{}|/]+/g, (word) => {
    const at = word.lastIndexOf('@');
    if (at <= 0 || at === word.length - 1) return word;
    const [first = ''] = word;
    return `${first}…${word.slice(at)}`;
  });
}
