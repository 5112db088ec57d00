import { temporaryFolder } from './app/temporary-folder.ts';

const NAMES = [
  'a\nb.yaml',
  '::error file=x::forged.yaml',
  '##[add-mask]x.yaml',
  '%0A::stop-commands::x.yaml',
  'a,line=1,title=x.yaml',
  'a:b.yaml',
  '`@team` #1 <img src=x>.yaml',
  '<!-- podroute -->.yaml',
  '[x](https:x.example) | y.yaml',
  '\u001b[31m\u202e\u0007.yaml',
  '-rf.yaml',
];

const VALUES = [
  '10.0.0.1/24\\n::set-output name=x::y',
  '10.0.0.1/24 ##[set-env name=x]y',
  '10.0.0.1/24%0A::add-mask::a',
  '10.0.0.1/24 `` ` @team <img src=x> <!-- podroute --> | x',
  '10.0.0.1/24\\e[2J\\u202e',
];

/** What a fork's pull request may hold: names and wrong values that try to become commands, markup or escapes. */
export function hostileRepository(): string {
  const routes = VALUES.map((value) => `    - {node: "oslo ${value}", prefix: "${value}"}`);
  const text = `# ::error::in a comment ##[error]x
apiVersion: podroute/v1
kind: Routes
"##[group]x": "::group::x"
spec:
  routes:
${routes.join('\n')}
`;
  return temporaryFolder(Object.fromEntries(NAMES.map((name) => [name, text])));
}
