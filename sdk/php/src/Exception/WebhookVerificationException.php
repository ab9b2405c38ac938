<?php

declare(strict_types=1);

namespace Comserv\Exception;

use Comserv\Internal\Trace;

/** The request is not a webhook of this server; `check` says which check failed. Respond with 400. */
final class WebhookVerificationException extends \RuntimeException implements ComservException
{
    public const SECRET_MALFORMED = 'secret_malformed';
    public const HEADER_MISSING = 'header_missing';
    public const TIMESTAMP_MALFORMED = 'timestamp_malformed';
    public const TIMESTAMP_TOO_OLD = 'timestamp_too_old';
    public const TIMESTAMP_TOO_NEW = 'timestamp_too_new';
    public const SIGNATURE_MISMATCH = 'signature_mismatch';
    public const BODY_MALFORMED = 'body_malformed';

    /** @param self::* $check */
    public function __construct(public readonly string $check, string $message)
    {
        parent::__construct($message);
        Trace::dropArguments($this);
    }
}
