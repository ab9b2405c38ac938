import type { AuditRecord } from 'comserv'
import { t } from '../i18n/t.ts'
import './changes.css'

/** A change, field by field; it holds no secrets. */
export function Changes({ record: { before, after, request_id } }: { record: AuditRecord }) {
  const was = (before ?? {}) as Record<string, unknown>
  const is = (after ?? {}) as Record<string, unknown>
  const fields = [...new Set([...Object.keys(was), ...Object.keys(is)])].filter(
    (field) => JSON.stringify(was[field]) !== JSON.stringify(is[field]),
  )
  if (fields.length === 0 && !request_id) return <span className="quiet">{t('none')}</span>
  return (
    <details className="changes">
      <summary>
        {fields.length === 0
          ? t('none')
          : fields.length === 1
            ? fields[0]
            : t('{{count}} fields', { count: fields.length })}
      </summary>
      <dl>
        {fields.map((field) => (
          <div key={field}>
            <dt>{field}</dt>
            <dd>
              {field in was && <del dir="auto">{shown(was[field])}</del>}{' '}
              {field in is && <ins dir="auto">{shown(is[field])}</ins>}
            </dd>
          </div>
        ))}
        {request_id && (
          <div>
            <dt>{t('request id')}</dt>
            <dd className="mono">{request_id}</dd>
          </div>
        )}
      </dl>
    </details>
  )
}

const shownMax = 300

function shown(value: unknown): string {
  if (value === null) return t('nothing')
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return text.length > shownMax ? `${text.slice(0, shownMax)}…` : text || '""'
}
