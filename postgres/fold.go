package postgres

// What is searched loses its accents on both sides, so that Nomina finds Nómina and
// Nómina finds Nomina. The letters are those of the Latin script that are a letter of
// ASCII and a mark; migration 00043 names the same ones.
const (
	accented = "ÀÁÂÃÄÅÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜÝàáâãäåçèéêëìíîïñòóôõöøùúûüýÿĀāĂăĄąĆćĈĉĊċČčĎďĐđĒēĔĕĖėĘęĚěĜĝĞğĠġĢģĤĥĨĩĪīĬĭĮįİĴĵĶķĹĺĻļĽľŁłŃńŅņŇňŌōŎŏŐőŔŕŖŗŘřŚśŜŝŞşŠšŢţŤťŨũŪūŬŭŮůŰűŲųŴŵŶŷŸŹźŻżŽž"
	unmarked = "aaaaaaceeeeiiiinoooooouuuuyaaaaaaceeeeiiiinoooooouuuuyyaaaaaaccccccccddddeeeeeeeeeegggggggghhiiiiiiiiijjkkllllllllnnnnnnoooooorrrrrrssssssssttttuuuuuuuuuuuuwwyyyzzzzzz"
)

// folded is the expression of SQL for a text in lower case and without accents. Upper
// case is named too: not every database knows how to lower what is not ASCII.
func folded(text string) string {
	return "translate(lower(" + text + "), '" + accented + "', '" + unmarked + "')"
}
