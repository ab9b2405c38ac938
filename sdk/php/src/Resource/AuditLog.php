<?php

declare(strict_types=1);

namespace Comserv\Resource;

use Comserv\Internal\Http;
use Comserv\Model\AuditRecord;
use Comserv\Page;
use Comserv\Request\Shapes;

/**
 * Scope `audit:read`: who did what, when and from where.
 *
 * @phpstan-import-type ListAuditLogQuery from Shapes
 */
final class AuditLog
{
    /** @internal */
    public function __construct(private readonly Http $http)
    {
    }

    /**
     * @param ListAuditLogQuery $query
     * @return Page<AuditRecord>
     */
    public function list(array $query = [], ?float $timeoutSeconds = null, ?int $maxRetries = null): Page
    {
        return $this->http->list('/api/v1/audit-log', $query, AuditRecord::from(...), $timeoutSeconds, $maxRetries);
    }
}
