package worker

import (
	"fmt"

	"github.com/tink-crypto/tink-go/v2/tink"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"google.golang.org/protobuf/proto"
)

// encodingEncrypted marks payloads that this codec wrote.
const encodingEncrypted = "binary/tocsin-tink-v1"

// codec encrypts payloads with a Tink keyset (AES-GCM).
type codec struct {
	aead tink.AEAD
}

// Encode implements [converter.PayloadCodec].
func (c codec) Encode(payloads []*commonpb.Payload) ([]*commonpb.Payload, error) {
	out := make([]*commonpb.Payload, len(payloads))
	for i, p := range payloads {
		plain, err := proto.Marshal(p)
		if err != nil {
			return nil, fmt.Errorf("encode payload: %w", err)
		}
		sealed, err := c.aead.Encrypt(plain, []byte(encodingEncrypted))
		if err != nil {
			return nil, fmt.Errorf("encrypt payload: %w", err)
		}
		out[i] = &commonpb.Payload{
			Metadata: map[string][]byte{converter.MetadataEncoding: []byte(encodingEncrypted)},
			Data:     sealed,
		}
	}
	return out, nil
}

// Decode implements [converter.PayloadCodec]. A payload in another encoding
// was written by the server itself and is passed on as it is.
func (c codec) Decode(payloads []*commonpb.Payload) ([]*commonpb.Payload, error) {
	out := make([]*commonpb.Payload, len(payloads))
	for i, p := range payloads {
		if encoding := string(p.GetMetadata()[converter.MetadataEncoding]); encoding != encodingEncrypted {
			out[i] = p
			continue
		}
		plain, err := c.aead.Decrypt(p.GetData(), []byte(encodingEncrypted))
		if err != nil {
			return nil, fmt.Errorf("decrypt payload: wrong key or altered history: %w", err)
		}
		out[i] = &commonpb.Payload{}
		if err := proto.Unmarshal(plain, out[i]); err != nil {
			return nil, fmt.Errorf("decode payload: %w", err)
		}
	}
	return out, nil
}

// Codec gives the codec alone, for tools that read histories.
func Codec(aead tink.AEAD) converter.PayloadCodec { return codec{aead: aead} }

// DataConverter encrypts every payload under the keyset.
func DataConverter(aead tink.AEAD) converter.DataConverter {
	return converter.NewCodecDataConverter(converter.GetDefaultDataConverter(), codec{aead: aead})
}

// FailureConverter encrypts messages and stack traces of failures as well.
func FailureConverter(data converter.DataConverter) converter.FailureConverter {
	return temporal.NewDefaultFailureConverter(temporal.DefaultFailureConverterOptions{
		DataConverter: data, EncodeCommonAttributes: true,
	})
}
