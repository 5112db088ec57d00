#!/bin/sh
# Installs K3s on this machine: sudo env $(cat hosts/NAME/node.env) K3S_TOKEN=... scripts/install.sh
set -eu

: "${NODE_ROLE:?is not set}" "${TAILSCALE_IP:?is not set}"

k3s() {
  curl -sfL https://get.k3s.io | sh -s - "$@"
}

connect() {
  tailscale up --accept-routes --advertise-routes="$POD_CIDR" --advertise-tags=tag:k3s
}

# Neighbours on the LAN stay on the LAN: asked before Tailscale's own table.
keep_lan() {
  ip rule add to 10.42.0.0/16 lookup main suppress_prefixlength 0
}

case "$NODE_ROLE" in
  server)
    connect
    keep_lan
    k3s server --node-external-ip "$TAILSCALE_IP"
    ;;
  lan-agent)
    connect
    keep_lan
    : "${K3S_TOKEN:?is not set}"
    K3S_URL="https://${MASTER_LAN_IP}:6443" k3s agent --node-ip "$LAN_IP"
    ;;
  remote-agent)
    : "${K3S_TOKEN:?is not set}"
    docker compose -f "hosts/$(hostname)/docker-compose.yml" up -d
    K3S_URL="https://${MASTER_TAILSCALE_IP}:6443" k3s agent --node-ip "$TAILSCALE_IP"
    ;;
  *)
    echo "unknown role: $NODE_ROLE" >&2
    exit 1
    ;;
esac
