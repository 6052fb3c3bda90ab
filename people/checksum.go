package people

import (
	"strings"
)

// isIBAN checks an International Bank Account Number (ISO 13616) by its
// remainder modulo 97.
func isIBAN(value string) bool {
	text := strings.ToUpper(strings.NewReplacer(" ", "", "-", "").Replace(value))
	if len(text) < 15 || len(text) > 34 {
		return false
	}
	remainder := 0
	for i := range len(text) {
		c := text[(i+4)%len(text)]
		switch {
		case c >= '0' && c <= '9':
			remainder = (remainder*10 + int(c-'0')) % 97
		case c >= 'A' && c <= 'Z':
			remainder = (remainder*100 + int(c-'A') + 10) % 97
		default:
			return false
		}
	}
	letters := text[0] >= 'A' && text[1] >= 'A'
	return letters && text[2] <= '9' && text[3] <= '9' && remainder == 1
}

// isCard checks a payment card's number (ISO/IEC 7812) by its length, its first
// digit and the Luhn sum.
func isCard(value string) bool {
	text := strings.NewReplacer(" ", "", "-", "").Replace(value)
	digits, only := digitsOf(text)
	return only && len(digits) >= 13 && len(digits) <= 19 && digits[0] >= 2 && digits[0] <= 6 && luhn(digits)
}

// luhn checks the sum of ISO/IEC 7812.
func luhn(digits []int) bool {
	sum := 0
	for i := range digits {
		d := digits[len(digits)-1-i]
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

// isNationalID checks the identity and tax numbers of the Union's countries
// that carry a check digit or letter. Some sums let one in eleven other numbers
// pass: a single value proves nothing, a column of them does.
func isNationalID(value string) bool {
	text := strings.ToUpper(strings.TrimSpace(value))
	if isFinnish(text) || isSwedish(text) || isDanish(text) {
		return true
	}
	text = strings.NewReplacer(" ", "", ".", "", "-", "", "/", "").Replace(text)
	if isSpanish(text) || isItalian(text) || isIrish(text) || isFrench(text) {
		return true
	}
	digits, only := digitsOf(text)
	if !only {
		return false
	}
	switch len(digits) {
	case 9: // the Netherlands, Portugal
		return weighed(digits[:8], 9, 8, 7, 6, 5, 4, 3, 2)%11 == digits[8] || portuguese(digits)
	case 10: // Bulgaria; Czechia and Slovakia
		return bulgarian(digits) || czech(digits)
	case 11: // Germany and Croatia, Poland, Belgium, Estonia and Lithuania
		return mod11to10(digits) && digits[0] > 0 || polish(digits) || belgian(digits) || baltic(digits)
	case 13: // Romania
		check := weighed(digits[:12], 2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9) % 11
		return isMonth(number(digits[3:5])) && (check%10 == digits[12] && check < 10 || check == 10 && digits[12] == 1)
	}
	return false
}

// isSpanish checks DNI and NIE: the letter follows from the remainder modulo 23.
func isSpanish(text string) bool {
	if len(text) != 9 {
		return false
	}
	start := strings.IndexByte("XYZ", text[0])
	body := text[:8]
	if start >= 0 {
		body = string(rune('0'+start)) + text[1:8]
	}
	digits, only := digitsOf(body)
	return only && text[8] == "TRWAGMYFPDXBNJZSQVHLCKE"[number(digits)%23]
}

// isItalian checks a codice fiscale by its last letter.
func isItalian(text string) bool {
	if !codiceFiscale.MatchString(text) {
		return false
	}
	odd := []int{1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23}
	sum := 0
	for i := range 15 {
		at := int(text[i] - '0')
		if text[i] >= 'A' {
			at = int(text[i] - 'A')
		}
		if i%2 == 0 {
			at = odd[at]
		}
		sum += at
	}
	return text[15] == byte('A'+sum%26)
}

// isIrish checks a PPS number.
func isIrish(text string) bool {
	if !ppsNumber.MatchString(text) {
		return false
	}
	digits, _ := digitsOf(text[:7])
	sum := weighed(digits, 8, 7, 6, 5, 4, 3, 2)
	if len(text) == 9 && text[8] != 'W' {
		sum += 9 * int(text[8]-'A'+1)
	}
	return text[7] == "WABCDEFGHIJKLMNOPQRSTUV"[sum%23]
}

// isFrench checks a social security number (NIR), also those of Corsica.
func isFrench(text string) bool {
	if len(text) != 15 {
		return false
	}
	digits, only := digitsOf(strings.NewReplacer("2A", "19", "2B", "18").Replace(text))
	return only && (digits[0] == 1 || digits[0] == 2) && 97-number(digits[:13])%97 == number(digits[13:])
}

// isFinnish checks a henkilötunnus, whose sign tells the century.
func isFinnish(text string) bool {
	if !finnishNumber.MatchString(text) {
		return false
	}
	digits, _ := digitsOf(text[:6] + text[7:10])
	return isDay(number(digits[:2])) && text[10] == "0123456789ABCDEFHJKLMNPRSTUVWXY"[number(digits)%31]
}

// isSwedish checks a personnummer with its sign.
func isSwedish(text string) bool {
	if !swedishNumber.MatchString(text) {
		return false
	}
	digits, _ := digitsOf(strings.NewReplacer("-", "", "+", "").Replace(text[len(text)-11:]))
	return isMonth(number(digits[2:4])) && luhn(digits)
}

// isDanish takes a CPR number by its date and its hyphen: newer ones have no
// check digit.
func isDanish(text string) bool {
	if !danishNumber.MatchString(text) {
		return false
	}
	digits, _ := digitsOf(text[:6])
	return isDay(number(digits[:2])) && isMonth(number(digits[2:4]))
}

func portuguese(digits []int) bool {
	check := 11 - weighed(digits[:8], 9, 8, 7, 6, 5, 4, 3, 2)%11
	return digits[0] > 0 && (check > 9 && digits[8] == 0 || check == digits[8])
}

func polish(digits []int) bool {
	month := number(digits[2:4]) % 20
	return isMonth(month) && isDay(number(digits[4:6])) && (weighed(digits[:10], 1, 3, 7, 9, 1, 3, 7, 9, 1, 3)+digits[10])%10 == 0
}

func belgian(digits []int) bool {
	check := number(digits[9:])
	return check == 97-number(digits[:9])%97 || check == 97-(2_000_000_000+number(digits[:9]))%97
}

func baltic(digits []int) bool {
	check := weighed(digits[:10], 1, 2, 3, 4, 5, 6, 7, 8, 9, 1) % 11
	if check == 10 {
		check = weighed(digits[:10], 3, 4, 5, 6, 7, 8, 9, 1, 2, 3) % 11 % 10
	}
	return isMonth(number(digits[3:5])) && isDay(number(digits[5:7])) && check == digits[10]
}

func bulgarian(digits []int) bool {
	return isMonth(number(digits[2:4])%20) && isDay(number(digits[4:6])) &&
		weighed(digits[:9], 2, 4, 8, 5, 10, 9, 7, 3, 6)%11%10 == digits[9]
}

func czech(digits []int) bool {
	month := number(digits[2:4]) % 50
	return isMonth(month%20) && isDay(number(digits[4:6])) && number(digits)%11 == 0
}

// mod11to10 checks the last digit by ISO 7064, modulo 11,10.
func mod11to10(digits []int) bool {
	product := 10
	for _, d := range digits[:len(digits)-1] {
		sum := (product + d) % 10
		if sum == 0 {
			sum = 10
		}
		product = sum * 2 % 11
	}
	return (11-product)%10 == digits[len(digits)-1]
}

// digitsOf returns the digits of a text, and whether it holds nothing else.
func digitsOf(text string) ([]int, bool) {
	digits := make([]int, 0, len(text))
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return nil, false
		}
		digits = append(digits, int(text[i]-'0'))
	}
	return digits, len(digits) > 0
}

// number is the value of digits.
func number(digits []int) int {
	n := 0
	for _, d := range digits {
		n = n*10 + d
	}
	return n
}

func weighed(digits []int, weights ...int) int {
	sum := 0
	for i, weight := range weights {
		sum += digits[i] * weight
	}
	return sum
}

func isMonth(n int) bool { return n >= 1 && n <= 12 }

func isDay(n int) bool { return n >= 1 && n <= 31 }
