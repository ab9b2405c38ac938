<?php

declare(strict_types=1);

namespace Comserv\Internal;

use Comserv\DeviceCode;
use Comserv\Exception\ApiException;
use Comserv\Model\DeviceAuthorization;
use Comserv\Model\Token;

/**
 * Signs a person in to a program by a device code (RFC 8628).
 *
 * @internal
 */
final class Login
{
    private const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';
    private const SLOWER_SECONDS = 5;

    /** @param \Closure(float): void $sleep */
    public function __construct(private readonly Http $http, private readonly \Closure $sleep)
    {
    }

    /** @return string|null the refresh token to go on with; null where the person has to sign in again */
    public function refreshed(#[\SensitiveParameter] string $refreshToken): ?string
    {
        try {
            $token = $this->token(['grant_type' => 'refresh_token', 'refresh_token' => $refreshToken]);
        } catch (ApiException $exception) {
            return self::nameOf($exception) === 'invalid_grant' ? null : throw $exception;
        }
        return $token->refresh_token ?? $refreshToken;
    }

    /**
     * @param \Closure(DeviceCode): mixed $show
     * @return string the refresh token
     */
    public function byDevice(string $scope, \Closure $show): string
    {
        $form = $this->http->form(['scope' => self::withOffline($scope)]);
        $outgoing = new Outgoing('POST', '/api/v1/oauth/device_authorization', form: $form, isPublic: true);
        $device = $this->http->call($outgoing, DeviceAuthorization::from(...));
        $show(new DeviceCode(
            $device->user_code,
            $device->verification_uri,
            $device->verification_uri_complete,
            $device->expires_in,
        ));
        $interval = $device->interval;
        // It ends by itself: the server lets no code live longer than `expires_in`.
        while (true) {
            ($this->sleep)((float) $interval);
            try {
                $token = $this->token(['grant_type' => self::DEVICE_GRANT, 'device_code' => $device->device_code]);
                return Credentials::sendable('refresh_token', $token->refresh_token);
            } catch (ApiException $exception) {
                $interval += match (self::nameOf($exception)) {
                    'authorization_pending' => 0,
                    'slow_down' => self::SLOWER_SECONDS,
                    default => throw $exception,
                };
            }
        }
    }

    /** @param array<string, string> $form */
    private function token(#[\SensitiveParameter] array $form): Token
    {
        $form = $this->http->form($form);
        return $this->http->call(
            new Outgoing('POST', '/api/v1/oauth/token', form: $form, isPublic: true),
            Token::from(...),
        );
    }

    /** Without it there is no refresh token, and the person would have to come back within the hour. */
    private static function withOffline(string $scope): string
    {
        return in_array('offline_access', explode(' ', $scope), true) ? $scope : "{$scope} offline_access";
    }

    /** By RFC 6749 §5.2 or RFC 8628 §3.5; empty for any other error. */
    private static function nameOf(ApiException $exception): string
    {
        return str_replace('OAuth error: ', '', $exception->title);
    }
}
