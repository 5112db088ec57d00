export const HELP = `podroute: checks the files of K3s clusters that span a LAN and a tailnet

Usage: podroute <command> [options]

  check [PATH...]    say what in the files below will break the network; the default PATH is .
  paths [PATH...]    say over which way each node's pods reach those of each other, and why not
  policy FILE        say whether a policy is accepted, and with --devices what it lets each device do
  plan [PATH...]     say what a merge would approve on the control server, and what that does to the paths
  apply [PATH...]    approve it: all of a plan that was reviewed, and nothing else
  explain RULE       print a rule's page
  rules              list the rules

Options:
  --format FORMAT    text (default) or json; for check also github, sarif or markdown;
                     for paths also markdown, dot or svg; for plan also markdown
  --config FILE      the settings, if they are not in .podroute.yaml
  --devices FILE     for check, paths, policy and plan, the tailnet's devices: the reply of Tailscale's
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

Options of plan and apply:
  --digest DIGEST    of apply: the plan that was reviewed; without it a terminal is asked
  --drift            of plan: what the control server has and the files do not; exit code 1 if there is any
  --tailnet NAME     the tailnet, if it is not in TAILSCALE_TAILNET and not that of the credential
  --headscale-url URL

  The control server is named by the environment: TAILSCALE_API_KEY, or TAILSCALE_OAUTH_CLIENT_ID and
  TAILSCALE_OAUTH_CLIENT_SECRET, and TAILSCALE_TAILNET; or HEADSCALE_URL and HEADSCALE_API_KEY.
  With --devices plan reads a saved list in its place.

Options of policy:
  --from WHO         with --to: may WHO connect? A device, tag, user, group, host, address or prefix
  --to HOST:PORT     to what: HOST is one of the same
  --proto PROTOCOL   a name or a number; the default is tcp
  --base FILE        the policy to compare with: who gains and who loses access
  --control SERVER   tailscale or headscale, if the devices do not tell

Exit codes: 0 nothing to report; 1 findings, a refused policy, or a route that is refused or fails;
            2 wrong options, settings or files, or a control server that refuses; 3 a bug in podroute
`;
