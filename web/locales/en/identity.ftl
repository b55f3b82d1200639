### Signing in, roles, the sign-in record.

## Sign-in
identity-sign-in-title = Sign in
identity-sign-in-lead = Choose the sign-in service that you always use. You give your password there; we never ask for it here.
identity-issuer = Sign in with { $name }
identity-issuer-unnamed = the sign-in service
identity-no-issuer = No sign-in service can be used now
identity-no-issuer-next = Please wait a moment and open this page again.
identity-phone = If you are stuck, please call us ({ $hours }):
identity-first-title = If you are new here
identity-first-lead = You need an invitation.
identity-leaving-title = Going to the sign-in service
identity-leaving-lead = The next page opens in a moment. If nothing happens, press below.
identity-leaving-go = Go to the sign-in service
identity-to-sign-in = To the sign-in page
identity-sign-in-again = Sign in again

## Invitation
identity-invitation-title = Invitation to Tomoshibi
identity-invitation-lead = Your association or your workplace invites you. Choose the sign-in service that the invitation mail names. Once signed in, you can begin.
identity-invitation-signed-in = { $name } is signed in here now. Signing in from this page ends that sign-in. If that is not you, please sign out at the top of the page first.
identity-invitation-help = If it does not work
identity-invitation-once = The link of an invitation works once. If it has run out, please ask whoever invited you to send it again.
identity-invitation-which = If you do not know which service to choose, compare the names with the one in the invitation mail.

## When it does not work
identity-again-title = Please sign in again
identity-again-lead = Too much time passed during the sign-in, or the same sign-in ended in another window. Nothing was changed.
identity-again-next = Please begin again with the button below.
identity-refused-title = The sign-in was called off
identity-refused-lead = It was cancelled at the sign-in service, or the service did not allow it. Nothing was changed.
identity-refused-next = To sign in, please begin again with the button below.
identity-uninvited-title = You have not been invited yet
identity-uninvited-lead = The sign-in service knows you, but you are not registered as somebody who uses Tomoshibi.
identity-uninvited-mail = If you have an invitation mail, open the link in it and sign in from there.
identity-uninvited-account = If you have several accounts, sign in with the one that was invited.
identity-uninvited-whom = If you have no invitation, ask the owner (director) of your workplace or the office of your association for one.
identity-seatless-title = You hold no role at present
identity-seatless-lead = We know who you are, but the role you were given has ended or has not begun.
identity-seatless-whom = To go on, ask the owner (director) of your workplace or the office of your association.
identity-seatless-when = If a first day has been set, you can sign in from that day.
identity-unproved-title = The sign-in could not be verified
identity-unproved-lead = The answer of the sign-in service did not hold together. To be safe, we did not accept it.
identity-unproved-next = Please begin again with the button below.
identity-unproved-clock = If it keeps happening, please tell the desk about this page.
identity-other-title = Somebody else signed in
identity-other-lead = Another person than before signed in to confirm. To avoid a mix-up, we did not accept it. The first person is still signed in.
identity-other-next = To go on, the first person should press the button again.
identity-closed-title = This sign-in service can no longer be used
identity-closed-lead = It was closed while you were signing in. Nothing was changed.
identity-closed-next = Choose another service, or ask the office of your association.

## Proving it again
identity-step-up-title = Please confirm that it is you
identity-step-up-lead = Before something that matters, we ask you to sign in once more. You stay signed in meanwhile.
identity-step-up-recent = This needs a sign-in within the last { $minutes ->
    [one] minute
   *[other] { $minutes } minutes
}.
identity-step-up-factor = Please also use a second factor (one-time code or passkey).
identity-step-up-after = Afterwards you return to the page you were on. Please press the same button once more.
identity-step-up-none = The sign-in service you came in by cannot be used now
identity-step-up-none-next = Please sign out at the top of the page and sign in again with another service.

## Sign-out
identity-signed-out-title = You are signed out
identity-signed-out-lead = Your sign-in to Tomoshibi has ended. On a shared device, please close the browser as well.
identity-signed-out-further = We now sign you out at the sign-in service too. If nothing happens, press below.
identity-signed-out-go = Sign out at the sign-in service too
identity-still-title = You are still signed in
identity-still-lead = The sign-in in this browser goes on. To end it, return home and press "Sign out" at the top of the page.

## Roles
identity-seats-title = Choose a role
identity-seats-lead = What you see and what you can do depends on the role you choose.
identity-seats-single = You hold one role.
identity-seat-present = Present role
identity-seat-take = Switch to this role
identity-seat-gone = That role cannot be used now. Please choose again below.

## Sign-in record
identity-sessions-title = Sign-in record
identity-sessions-lead = The devices that are signed in now. If you do not recognise one, end it.
identity-sessions-list = Signed-in devices
identity-device = { $os } ({ $browser })
identity-os-windows = Windows
identity-os-mac = Mac
identity-os-iphone = iPhone
identity-os-ipad = iPad
identity-os-android = Android
identity-os-chromebook = Chromebook
identity-os-linux = Linux
identity-os-other = Unknown device
identity-browser-edge = Edge
identity-browser-chrome = Chrome
identity-browser-firefox = Firefox
identity-browser-safari = Safari
identity-browser-other = unknown browser
identity-session-present = This device
identity-session-created = Signed in
identity-session-seen = Last used
identity-session-expires = Ends
identity-session-factor = Second factor
identity-session-factor-yes = yes
identity-session-factor-no = no
identity-session-revoke = End this sign-in
identity-session-revoked = That device is signed out. It needs to sign in again before its next use.
identity-session-gone = That sign-in had already ended.
identity-sessions-others = End all but this device
identity-sessions-others-hint = Use this when you have lost a device, or when somebody else may be using it. This device stays signed in.
identity-session-others-revoked = All other devices are signed out.
identity-session-alone = No other device is signed in.

## Language
identity-language-title = Language of notices
identity-locale = Language of mails
identity-locale-hint = These pages will use it as well.
identity-locale-ja = 日本語 (Japanese)
identity-locale-en = English
identity-language-store = Use this language
identity-language-stored = The language of notices was changed.
