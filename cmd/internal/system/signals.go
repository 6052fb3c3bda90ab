package system

import (
	"context"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	"tocsin/postgres"
	"tocsin/webhook"
)

// Settings of where webhooks may lead.
const (
	webhookAllowSetting = "TOCSIN_WEBHOOK_ALLOW"
	webhookPortsSetting = "TOCSIN_WEBHOOK_PORTS"
)

// lookEvery is how long it takes at most until a webhook is served of which nobody
// told this process.
const lookEvery = time.Minute

// signalPolicy reads where webhooks may lead beside public addresses on port 443:
// networks such as "10.1.0.0/16, 192.0.2.10" and ports such as "8443".
func signalPolicy(allow, ports string) (webhook.Policy, error) {
	var policy webhook.Policy
	for part := range strings.FieldsFuncSeq(allow, apart) {
		prefix, err := netip.ParsePrefix(part)
		if address, e := netip.ParseAddr(part); e == nil {
			prefix, err = netip.PrefixFrom(address, address.BitLen()), nil
		}
		if err != nil || prefix.Bits() == 0 || prefix.Addr().Is4In6() {
			return policy, fmt.Errorf("%s holds %q; expected the inner addresses or networks that webhooks may lead to, "+
				"such as 10.1.0.0/16 or 10.2.0.5, with commas between", webhookAllowSetting, part)
		}
		policy.Networks = append(policy.Networks, prefix.Masked())
	}
	for part := range strings.FieldsFuncSeq(ports, apart) {
		port, err := strconv.ParseUint(part, 10, 16)
		if err != nil || port == 0 {
			return policy, fmt.Errorf("%s holds %q; expected further ports of public addresses that webhooks may lead to, "+
				"such as 8443, with commas between", webhookPortsSetting, part)
		}
		policy.Ports = append(policy.Ports, uint16(port))
	}
	return policy, nil
}

func apart(r rune) bool { return r == ',' || r == ' ' }

// tellWebhooks wakes the workflow of each webhook for which something waits, as
// soon as it is recorded, until the system is closed. What it misses the next look
// finds: how far each is stands in the database.
func (s *System) tellWebhooks() {
	ctx, cancel := context.WithCancel(context.Background())
	heard := make(chan struct{}, 1)
	var both sync.WaitGroup
	both.Go(func() {
		s.Store.Listen(ctx, func(told postgres.Heard) {
			if told.Progress {
				return // nothing was recorded
			}
			select {
			case heard <- struct{}{}:
			default: // a look is due already
			}
		})
	})
	both.Go(func() {
		look := time.NewTicker(lookEvery)
		defer look.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-heard:
			case <-look.C:
			}
			if err := s.wakeWebhooks(ctx); err != nil && ctx.Err() == nil {
				s.logger.Warn("webhooks could not be looked at; the next look follows within a minute", "error", err.Error())
			}
		}
	})
	s.telling = func() {
		cancel()
		both.Wait()
	}
}

func (s *System) wakeWebhooks(ctx context.Context) error {
	due, err := s.Store.WebhooksDue(ctx)
	if err != nil {
		return err
	}
	for _, id := range due {
		if err := s.Engine.WakeWebhook(ctx, id); err != nil {
			return err
		}
	}
	return nil
}
