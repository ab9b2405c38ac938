import { CommandError } from './command.ts'

/** Why the server cannot listen, as a sentence that names the setting; any other error unchanged. */
export function listenError(error: unknown, host: string, port: number): unknown {
  const sentence = sentenceFor((error as NodeJS.ErrnoException).code, host, port)
  return sentence === undefined ? error : new CommandError(sentence, { cause: error })
}

function sentenceFor(code: string | undefined, host: string, port: number): string | undefined {
  switch (code) {
    case 'EADDRINUSE':
      return `Port ${port} of ${host} is in use; stop the other program, or set PORT to another one.`
    case 'EADDRNOTAVAIL':
      return `HOST=${host} is not an address of this machine; set HOST to one that is, such as 127.0.0.1, or to 0.0.0.0 for all of them.`
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EAI_FAIL':
      return `HOST=${host} cannot be resolved to an address; set HOST to an address of this machine, such as 127.0.0.1.`
    case 'EAFNOSUPPORT':
    case 'EINVAL':
      return `HOST=${host} cannot be listened on by this machine; set HOST to one of its addresses, such as 127.0.0.1.`
    case 'EACCES':
    case 'EPERM':
      return `Port ${port} of ${host} may not be used by this user; set PORT to 1024 or above, and let a proxy forward port ${port}.`
    default:
      return undefined
  }
}
