/** 100.64.0.0/10, fd7a:115c:a1e0::/48 or a MagicDNS name, anywhere in a text [Tailscale docs, reserved IP addresses]. */
const TAILNET_ADDRESS =
  /(?<![\d.])100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.\d{1,3}\.\d{1,3}(?![\d.])|\bfd7a:115c:a1e0:|\.ts\.net\b/i;

/** Whether a text names an address of a tailnet, as an address, in a list or in a URL. */
export function namesTailnetAddress(text: string): boolean {
  return TAILNET_ADDRESS.test(text);
}
