/** What became of a request that got no whole answer. */
export interface Broken {
  /** What the server did or did not, to go after what it is called. */
  readonly says: string;
  /** False if nothing of the request can have reached the server. */
  readonly isSent: boolean;
  /** Whether the same request may succeed a moment later. */
  readonly isPassing: boolean;
}

/** Of `node:dns` and `node:net`, before a connection is there. */
const UNREACHED: Readonly<Record<string, string>> = {
  ENOTFOUND: 'cannot be reached: there is no host of this name',
  EAI_AGAIN: 'cannot be reached: the name of the host cannot be looked up now',
  ECONNREFUSED: 'cannot be reached: nothing listens at this address and port',
  EHOSTUNREACH: 'cannot be reached: there is no way to the host',
  ENETUNREACH: 'cannot be reached: there is no way to its network',
  EADDRNOTAVAIL: 'cannot be reached: its address is not one to connect to',
  EACCES: 'cannot be reached: this machine forbids the connection',
  EPERM: 'cannot be reached: this machine forbids the connection',
  UND_ERR_CONNECT_TIMEOUT: 'cannot be reached: the connection took too long',
};

/** Of OpenSSL: the other side speaks no TLS, or none that this one takes. */
const NO_TLS = /^(EPROTO|ERR_SSL_|ERR_TLS_(?!CERT))/;
/** Of OpenSSL and `node:tls`: the certificate. */
const CERTIFICATE =
  /^(CERT_|CRL_|ERR_TLS_CERT|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|INVALID_CA|HOSTNAME_MISMATCH|PATH_LENGTH)/;

/**
 * Reads what `fetch` threw. Of the error itself only its code is told: its text may have a header or an address with a
 * password in it. `proxy` is the variable that names one, and the limit is in milliseconds.
 */
export function readBroken(error: unknown, proxy: string | undefined, limit: number): Broken {
  if (namesOf(error).includes('TimeoutError')) {
    const says = `gave no whole answer within ${limit / 1000} seconds`;
    return { says, isSent: true, isPassing: true };
  }
  const texts = textsOf(error);
  // `fetch` asks no ports of other protocols [WHATWG fetch, port blocking].
  if (texts.includes('bad port')) {
    return {
      says: 'cannot be reached: its port is one of another protocol',
      isSent: false,
      isPassing: false,
    };
  }
  const refusal = texts
    .map((text) => /^Proxy response \((\d{3})\)/.exec(text)?.[1])
    .find((status) => status !== undefined);
  if (refusal !== undefined) {
    const says = `cannot be reached: the proxy of ${proxy ?? 'HTTPS_PROXY'} refuses the connection with ${refusal}`;
    return { says, isSent: false, isPassing: /^5/.test(refusal) };
  }
  const through = proxy === undefined ? '' : ` (${proxy} names a proxy)`;
  const codes = codesOf(error);
  for (const code of codes) {
    const why = UNREACHED[code];
    if (why !== undefined) return { says: `${why}${through}`, isSent: false, isPassing: true };
    if (CERTIFICATE.test(code)) {
      const says = `has a certificate that is not trusted (${code}); NODE_EXTRA_CA_CERTS names the file of an own authority`;
      return { says: `${says}${through}`, isSent: false, isPassing: false };
    }
    if (NO_TLS.test(code)) {
      return { says: `does not speak TLS there (${code})${through}`, isSent: false, isPassing: false };
    }
  }
  const code = codes[0] === undefined ? '' : ` (${codes[0]})`;
  return { says: `broke the connection off${code}${through}`, isSent: true, isPassing: true };
}

/** An error and its causes; an attempt at several addresses has one for each. */
function chainOf(error: unknown): readonly Error[] {
  const chain: Error[] = [];
  const next = [error];
  while (next.length > 0 && chain.length < 16) {
    const current = next.shift();
    if (!(current instanceof Error)) continue;
    chain.push(current);
    next.push(current.cause, ...(current instanceof AggregateError ? current.errors : []));
  }
  return chain;
}

function codesOf(error: unknown): readonly string[] {
  return chainOf(error).flatMap((one) => {
    const code: unknown = 'code' in one ? one.code : undefined;
    return typeof code === 'string' && /^[A-Z][A-Z\d_]{2,60}$/.test(code) ? code : [];
  });
}

function namesOf(error: unknown): readonly string[] {
  return chainOf(error).map(({ name }) => name);
}

function textsOf(error: unknown): readonly string[] {
  return chainOf(error).map(({ message }) => message);
}
