/** Drawn on 24 by 24, in the colour of the text around them; the label is beside them or on their parent. */
const paths = {
  overview: 'M4 4h7v7H4zM13 4h7v4h-7zM13 11h7v9h-7zM4 14h7v6H4z',
  users:
    'M9 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM2.5 21v-1.5a6.5 6.5 0 0 1 13 0V21M16 3.4a4 4 0 0 1 0 7.3M18 14.3a6.5 6.5 0 0 1 3.5 5.7v1',
  roles: 'M12 3l8 3v6c0 4.5-3.2 7.7-8 9-4.8-1.3-8-4.5-8-9V6zM8.5 12l2.5 2.5 4.5-5',
  documents: 'M14 3v5h5M6 3h8l5 5v13H6zM9 13h7M9 17h7',
  key: 'M14.5 14a5 5 0 1 0-4.6-3.1L3 17.8V21h3.2v-2.4h2.4v-2.4h1.8l1.6-2.4M16.2 7.8v.01',
  application: 'M3 4h18v16H3zM3 9h18',
  webhook:
    'M9 8.5a3.5 3.5 0 1 1 5.6 2.8l2.8 4.9M6.8 14.6a3.5 3.5 0 1 0 3.4 4.4H17M12 8.5 9.2 13.6 6.8 18M17.5 16a3.2 3.2 0 1 1-1.2 5.8',
  hook: 'M12 3v4M8.5 7h7l-3.5 3zM12 10v6a4 4 0 1 1-8 0v-2M4 14l-2 2.5M4 14l2.5 2.5',
  events: 'M13 3 5 14h6l-1 7 8-11h-6z',
  requests: 'M4 8h13M13 4l4 4-4 4M20 16H7M11 12l-4 4 4 4',
  audit: 'M5 4h14v17H5zM9 2.8h6V6H9zM8.5 11h7M8.5 15h7',
  account: 'M12 12a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9zM3.5 21a8.5 8.5 0 0 1 17 0',
  help: 'M9.2 9a3 3 0 1 1 4.4 2.7c-1 .5-1.6 1.2-1.6 2.3M12 17.5v.01',
  sun: 'M12 16.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9zM12 2v2.4M12 19.6V22M4.9 4.9l1.7 1.7M17.4 17.4l1.7 1.7M2 12h2.4M19.6 12H22M4.9 19.1l1.7-1.7M17.4 6.6l1.7-1.7',
  moon: 'M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5z',
  copy: 'M9 9h11v11H9zM5 15H4V4h11v1',
  check: 'M5 12.5 10 17.5 19.5 7',
  plus: 'M12 5v14M5 12h14',
  search: 'M10.5 17.5a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM15.7 15.7 21 21',
  warning: 'M12 3.5 22 20.5H2zM12 10v4.5M12 17.5v.01',
  left: 'M15 5l-7 7 7 7',
  right: 'M9 5l7 7-7 7',
  first: 'M19 5l-7 7 7 7M5 5v14',
  last: 'M5 5l7 7-7 7M19 5v14',
  up: 'M6 15l6-6 6 6',
  down: 'M6 9l6 6 6-6',
  refresh: 'M20 11a8 8 0 0 0-14-4.5L4 8.5M4 4v4.5h4.5M4 13a8 8 0 0 0 14 4.5l2-2M20 20v-4.5h-4.5',
  trash: 'M4 7h16M9 7V4h6v3M6.5 7l1 13h9l1-13M10 11v5.5M14 11v5.5',
  send: 'M21 3 10 14M21 3l-6.5 18-4-8.5L2 8.5z',
  automation: 'M5 3h6v6H5zM13 15h6v6h-6zM8 9v6a3 3 0 0 0 3 3h2M16 15V9M13.5 11.5 16 9l2.5 2.5',
  more: 'M5 12v.01M12 12v.01M19 12v.01',
} as const

export type IconName = keyof typeof paths

/** @param name one of these, or the path itself */
export function Icon({ name, size = 18 }: { name: IconName | { path: string }; size?: number }) {
  return (
    <svg
      className="icon"
      style={{ flex: 'none' }}
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth={name === 'more' ? 3 : 1.8}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d={typeof name === 'string' ? paths[name] : name.path} />
    </svg>
  )
}
