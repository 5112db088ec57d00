export const HELP = `podroute: checks the files of K3s clusters that span a LAN and a tailnet

Usage: podroute <command> [options]

  check [PATH...]    say what in the files below will break the network; the default PATH is .
  explain RULE       print a rule's page
  rules              list the rules

Not in this version: paths, policy, plan, apply

Options:
  --format FORMAT    text (default), json, github, sarif or markdown
  --config FILE      the settings, if they are not in .podroute.yaml
  --fail-on LEVEL    the least severity for exit code 1: error (default), warning, note or never
  --no-color         no colours, which are for terminals only anyway; NO_COLOR does the same
  --quiet            findings only, without the closing line
  --help, --version

Exit codes: 0 nothing to report, 1 findings, 2 wrong options, settings or paths, 3 a bug in podroute
`;
