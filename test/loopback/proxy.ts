/**
 * A proxy on 127.0.0.1 that makes tunnels (`CONNECT`) and nothing else, as undici asks for them with http too:
 *
 *     const proxy = await startProxy();              // proxy.url for HTTPS_PROXY; proxy.tunnels names where they lead to
 *     const refusing = await startProxy(407);        // every tunnel is refused with that status
 *     proxy.to = server.url                          // whatever host is asked for: where a tunnel ends
 */
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';

export interface LoopbackProxy {
  readonly url: string;
  /** `host:port`, and what `Proxy-Authorization` said. */
  readonly tunnels: readonly { readonly to: string; readonly authorization: string | undefined }[];
  to: string;
  readonly close: () => Promise<void>;
}

export async function startProxy(refuse?: number): Promise<LoopbackProxy> {
  const tunnels: { to: string; authorization: string | undefined }[] = [];
  const sockets = new Set<Socket>();
  const http = createServer((_, response) => response.writeHead(405).end());
  http.on('connection', (socket) => sockets.add(socket));
  http.on('connect', ({ url = '', headers }, socket) => {
    tunnels.push({ to: url, authorization: headers['proxy-authorization'] });
    if (refuse !== undefined) {
      socket.end(`HTTP/1.1 ${refuse} No\r\ncontent-length: 0\r\n\r\n`);
      return;
    }
    const target = new URL(proxy.to === '' ? `http://${url}` : proxy.to);
    const far = connect(Number(target.port), target.hostname, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      far.pipe(socket).pipe(far);
    });
    sockets.add(far);
    for (const end of [far, socket])
      end.on('error', () => [far, socket].forEach((one) => void one.destroy()));
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const proxy: LoopbackProxy = {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    tunnels,
    to: '',
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => http.close(resolve));
    },
  };
  return proxy;
}
