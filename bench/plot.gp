# gnuplot -e "data='FILE'; image='FILE'": what bench_high_volume --data has written, by backups in flight.
set terminal svg size 900,300 font 'sans-serif,12' background '#ffffff'
set output image
set multiplot layout 1,3
set logscale x
set xlabel 'backups in flight'
set xtics ('100' 100, '1,000' 1000, '10,000' 10000)
set xrange [70:14000]
set yrange [0:*]
set grid lc '#dddddd'
set key top left
set style data linespoints
set title 'memory, MiB'
plot data using 1:2 title 'measured' lc '#1f77b4' lw 2 pt 7, 120 title 'goal at 10,000' lc '#d62728' dt 2
set title 'processor time per backup, ms'
plot data using 1:3 title 'measured' lc '#1f77b4' lw 2 pt 7
set title 'last cut seen to thaw sent, p99, ms'
plot data using 1:4 title 'measured' lc '#1f77b4' lw 2 pt 7, 5 title 'goal' lc '#d62728' dt 2
