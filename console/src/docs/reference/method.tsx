/** The method has a colour and a fixed width, so that paths align. */
export function Method({ method, short }: { method: string; short?: boolean }) {
  return (
    <span className="method" data-method={method}>
      {short && method === 'DELETE' ? 'DEL' : method}
    </span>
  )
}
