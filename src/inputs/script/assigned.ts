import type { Span } from '../../source/span.ts';
import type { Statement } from '../../syntax/shell-tree.ts';

/** Every variable that statements assign, without those of the functions they call. */
export function assignedIn(statements: readonly Statement[]): ReadonlyMap<string, Span> {
  const names = new Map<string, Span>();
  const lists: (readonly Statement[])[] = [statements];
  for (let list = lists.pop(); list; list = lists.pop()) {
    for (const statement of list) {
      switch (statement.kind) {
        case 'command':
          if (statement.words.length > 0 && statement.declared.length === 0) break;
          for (const { name, at } of [...statement.assignments, ...statement.declared]) names.set(name, at);
          break;
        case 'pipeline':
          lists.push(statement.statements);
          break;
        case 'and-or':
          lists.push([statement.first, ...statement.rest.map((each) => each.statement)]);
          break;
        case 'if':
          lists.push(
            ...statement.branches.flatMap((each) => [each.condition, each.body]),
            statement.otherwise,
          );
          break;
        case 'case':
          lists.push(...statement.branches.map((each) => each.body));
          break;
        case 'loop':
          lists.push(statement.condition, statement.body);
          break;
        case 'group':
          lists.push(statement.body);
          break;
      }
    }
  }
  return names;
}
