import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { fetchThrough } from '../../src/control/fetch.ts';
import { aDevice, type LoopbackServer } from '../loopback/control-server.ts';
import { type LoopbackProxy, startProxy } from '../loopback/proxy.ts';
import { startTailscale } from '../loopback/tailscale.ts';
import { API_KEY, connected, during, errorOf, messageOf, onTailscale } from './connecting.ts';

async function behindProxy(refuse?: number): Promise<{ loopback: LoopbackServer; proxy: LoopbackProxy }> {
  const loopback = await during(startTailscale({ devices: [aDevice('1')] }));
  const proxy = await startProxy(refuse);
  onTestFinished(() => proxy.close());
  proxy.to = loopback.url;
  return { loopback, proxy };
}

/** A host that only the proxy knows. */
const elsewhere = {
  kind: 'tailscale',
  baseUrl: 'http://control.invalid:8080',
  tailnet: '-',
  signIn: API_KEY,
} as const;

describe('a proxy', () => {
  test.each(['HTTP_PROXY', 'http_proxy'])('of %s is asked', async (name) => {
    const { proxy } = await behindProxy();
    const server = connected(elsewhere, { environment: { [name]: proxy.url } });
    expect((await server.listDevices()).devices).toHaveLength(1);
    expect(proxy.tunnels).toEqual([{ to: 'control.invalid:8080', authorization: undefined }]);
  });

  test('without http:// before it, with a user and a password', async () => {
    const { proxy } = await behindProxy();
    const HTTP_PROXY = proxy.url.replace('http://', 'ada:p%40ss-word@');
    const server = connected(elsewhere, { environment: { HTTP_PROXY } });
    await server.listDevices();
    expect(proxy.tunnels[0]?.authorization).toBe(`Basic ${btoa('ada:p@ss-word')}`);
    expect(server.secrets).toEqual(expect.arrayContaining(['p%40ss-word', 'p@ss-word']));
  });

  test.each(['127.0.0.1', '*', 'a.example,127.0.0.1'])('is passed by for NO_PROXY=%s', async (NO_PROXY) => {
    const { loopback, proxy } = await behindProxy();
    for (const environment of [
      { HTTP_PROXY: proxy.url, NO_PROXY },
      { http_proxy: proxy.url, no_proxy: NO_PROXY },
    ]) {
      await connected(onTailscale(loopback), { environment }).listDevices();
    }
    expect(proxy.tunnels).toEqual([]);
  });

  test('is not that of another environment', async () => {
    const { loopback, proxy } = await behindProxy();
    process.env.HTTP_PROXY = proxy.url;
    onTestFinished(() => void delete process.env.HTTP_PROXY);
    await connected(onTailscale(loopback), { environment: {} }).listDevices();
    await connected(onTailscale(loopback), { environment: { HTTPS_PROXY: proxy.url } }).listDevices();
    expect(proxy.tunnels).toEqual([]);
  });

  test.each([403, 407, 502])(
    'that refuses with %i is told from the server, without its password',
    async (status) => {
      const { proxy } = await behindProxy(status);
      for (const name of ['HTTP_PROXY', 'HTTPS_PROXY']) {
        const environment = { [name]: proxy.url.replace('://', '://ada:pass-word@') };
        const baseUrl = name === 'HTTP_PROXY' ? elsewhere.baseUrl : 'https://control.invalid';
        const server = connected({ ...elsewhere, baseUrl }, { environment });
        const error = await errorOf(server.setRoutes('1', []));
        expect(error.message).toBe(
          `Tailscale at ${new URL(baseUrl).host} cannot be reached: the proxy of ${name} refuses the connection with ${status}`,
        );
        expect(error).toMatchObject({ mayBeDone: false });
      }
    },
  );

  test('that is not there', async () => {
    const { proxy } = await behindProxy();
    await proxy.close();
    const environment = { HTTPS_PROXY: proxy.url.replace('://', '://ada:pass-word@') };
    const server = connected({ ...elsewhere, baseUrl: 'https://control.invalid' }, { environment });
    expect(await messageOf(server.setRoutes('1', []))).toBe(
      'Tailscale at control.invalid cannot be reached: nothing listens at this address and port (HTTPS_PROXY names a proxy)',
    );
  });

  test.each([
    'http://',
    'socks5://proxy.example:1080',
    'ftp://proxy.example',
    'http://ada:secret-word%zz@proxy.example',
    'http://proxy.example:99999',
    'not an address secret-word',
  ])('that is no address is refused, and not repeated: %s', async (value) => {
    expect(await messageOf(() => fetchThrough({ HTTPS_PROXY: value }))).toBe(
      'HTTPS_PROXY is not the address of an http or https proxy',
    );
    expect(await messageOf(() => fetchThrough({ http_proxy: value }))).toContain('HTTP_PROXY is not');
  });
});

/** A certificate for localhost that no authority knows; undefined without openssl. */
function selfSigned(): { readonly folder: string; readonly key: string; readonly cert: string } | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'certificate-'));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  try {
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
    const out = ['-keyout', key, '-out', cert];
    execFileSync('openssl', ['req', '-x509', ...curve, '-nodes', '-days', '2', ...subject, ...out], {
      stdio: 'ignore',
    });
    return { folder, key, cert };
  } catch {
    rmSync(folder, { recursive: true });
    return undefined;
  }
}

const certificate = selfSigned();
afterAll(() => {
  if (certificate) rmSync(certificate.folder, { recursive: true });
});

describe.skipIf(certificate === undefined)('a server with an authority of its own', () => {
  async function startHttps(): Promise<string> {
    const { key, cert } = certificate!;
    const http = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (_, response) => {
      response.setHeader('content-type', 'application/json').end('{"devices":[]}');
    });
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void http.close());
    return `https://127.0.0.1:${(http.address() as AddressInfo).port}`;
  }

  test('is not trusted', async () => {
    const baseUrl = await startHttps();
    const server = connected({ kind: 'tailscale', baseUrl, tailnet: '-', signIn: API_KEY });
    const error = await errorOf(server.setRoutes('1', []));
    expect(error.message.replace(/:\d+/, '')).toBe(
      'Tailscale at 127.0.0.1 has a certificate that is not trusted (DEPTH_ZERO_SELF_SIGNED_CERT); NODE_EXTRA_CA_CERTS names the file of an own authority',
    );
    expect(error).toMatchObject({ mayBeDone: false, mayPass: false });
    expect(await errorOf(server.listDevices())).toMatchObject({ mayPass: false });
    expect(server.pauses).toEqual([]);
  });

  test('is trusted with NODE_EXTRA_CA_CERTS, which Node reads when it starts', async () => {
    const baseUrl = await startHttps();
    const code = `import { connect } from './src/control/connect.ts';
const signIn = { by: 'api-key', key: 'tskey-api-1' };
const options = { environment: {}, onSecret() {} };
const server = connect({ kind: 'tailscale', baseUrl: '${baseUrl}', tailnet: '-', signIn }, options);
process.stdout.write(JSON.stringify(await server.listDevices()));`;
    const said = await new Promise<string>((resolve, reject) => {
      const env = { PATH: process.env.PATH ?? '', NODE_EXTRA_CA_CERTS: certificate!.cert };
      execFile('node_modules/.bin/node', ['--input-type=module', '-e', code], { env }, (error, stdout) =>
        error ? reject(error) : resolve(stdout),
      );
    });
    expect(JSON.parse(said)).toEqual({ control: 'tailscale', devices: [] });
  });

  test('that is asked for TLS where there is none', async () => {
    const loopback = await during(startTailscale());
    const baseUrl = loopback.url.replace('http:', 'https:');
    const server = connected({ kind: 'tailscale', baseUrl, tailnet: '-', signIn: API_KEY });
    expect(await messageOf(server.setRoutes('1', []))).toMatch(
      /^Tailscale at HOST does not speak TLS there \([A-Z_]+\)$/,
    );
  });
});

test('that nobody checks certificates is warned of', () => {
  const environment = { NODE_TLS_REJECT_UNAUTHORIZED: '0' };
  const settings = {
    kind: 'tailscale',
    baseUrl: 'https://api.tailscale.com',
    tailnet: '-',
    signIn: API_KEY,
  } as const;
  expect(connected(settings, { environment }).warnings).toEqual([
    'NODE_TLS_REJECT_UNAUTHORIZED is 0, so nobody checks whether the server is the one it says it is',
  ]);
  expect(connected(settings).warnings).toEqual([]);
  expect(connected(settings).called).toBe('Tailscale');
});
