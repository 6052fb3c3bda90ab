package system

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
)

func TestWhereWebhooksMayLeadIsASetting(t *testing.T) {
	policy, err := signalPolicy("10.1.2.3/16, 10.2.0.5 fd00::/8", "8443,9443")
	if err != nil {
		t.Fatal(err)
	}
	want := []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16"), netip.MustParsePrefix("10.2.0.5/32"), netip.MustParsePrefix("fd00::/8")}
	if !slices.Equal(policy.Networks, want) || !slices.Equal(policy.Ports, []uint16{8443, 9443}) || policy.Loopback {
		t.Errorf("the policy is %+v", policy)
	}
	for _, c := range [][2]string{{"0.0.0.0/0", ""}, {"::/0", ""}, {"example.com", ""}, {"10.0.0.0/33", ""}, {"::ffff:10.0.0.0/104", ""}, {"", "0"}, {"", "70000"}, {"", "https"}} {
		if _, err := signalPolicy(c[0], c[1]); err == nil || !strings.Contains(err.Error(), "TOCSIN_WEBHOOK_") || !strings.Contains(err.Error(), c[0]+c[1]) {
			t.Errorf("%q gives %v", c, err)
		}
	}
	if none, err := signalPolicy("", ""); err != nil || none.Networks != nil || none.Ports != nil {
		t.Errorf("no setting gives %+v, %v", none, err)
	}
}
