/** The method has a colour and always the same width, so that paths stand in a line. */
export function Method({ method, short }: { method: string; short?: boolean }) {
  return (
    <span className="method" data-method={method}>
      {short && method === 'DELETE' ? 'DEL' : method}
    </span>
  )
}
