export const HELP = `podroute: checks the files of K3s clusters that span a LAN and a tailnet

Usage: podroute <command> [options]

  check [PATH...]    say what in the files below will break the network; the default PATH is .
  paths [PATH...]    say over which way each node's pods reach those of each other, and why not
  policy FILE        say whether a policy is accepted, and with --devices what it lets each device do
  explain RULE       print a rule's page
  rules              list the rules

Not in this version: plan, apply

Options:
  --format FORMAT    text (default) or json; for check also github, sarif or markdown;
                     for paths also markdown, dot or svg
  --config FILE      the settings, if they are not in .podroute.yaml
  --devices FILE     for check, paths and policy, the tailnet's devices: the reply of Tailscale's
                     GET /api/v2/tailnet/{tailnet}/devices?fields=all or of Headscale's GET /api/v1/node
  --fail-on LEVEL    the least severity for exit code 1: error (default), warning, note or never
  --no-color         no colours, which are for terminals only anyway; NO_COLOR does the same
  --quiet            findings only, without the closing line
  --help, --version

Options of paths:
  --from NODE        with --to: one path, told step by step
  --to NODE
  --port PORT        what is asked of the pods; the default is 443
  --proto PROTOCOL   a name or a number; the default is tcp
  --assume WHAT      approved=NODES or accept=NODES, where NODES is a,b or all or none: as if these alone had
                     their routes approved, or accepted routes
  --base FOLDER      the folder to compare with: which pairs break, work again or take another way

Options of policy:
  --from WHO         with --to: may WHO connect? A device, tag, user, group, host, address or prefix
  --to HOST:PORT     to what: HOST is one of the same
  --proto PROTOCOL   a name or a number; the default is tcp
  --base FILE        the policy to compare with: who gains and who loses access
  --control SERVER   tailscale or headscale, if the devices do not tell

Exit codes: 0 nothing to report, 1 findings or a refused policy, 2 wrong options, settings or files,
            3 a bug in podroute
`;
