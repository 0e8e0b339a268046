! What flang prints: modules, derived types, allocatable and assumed-shape arrays, complex numbers.
module shapes
  implicit none
  type :: particle
    real(8) :: position(3), mass
    character(len=8) :: name
    type(particle), pointer :: next => null()
  end type
  real(8), save :: shared(10) = 1.5d0
contains
  pure elemental function square(x) result(y)
    real(8), intent(in) :: x
    real(8) :: y
    y = x * x
  end function
  recursive integer function factorial(n) result(r)
    integer, intent(in) :: n
    if (n <= 1) then
      r = 1
    else
      r = n * factorial(n - 1)
    end if
  end function
  subroutine relax(a, tolerance, steps)
    real(8), intent(inout) :: a(:, :)
    real(8), intent(in) :: tolerance
    integer, intent(out), optional :: steps
    real(8), allocatable :: old(:, :)
    integer :: i, j, k
    do k = 1, 100
      old = a
      do concurrent (i = 2:size(a, 1) - 1, j = 2:size(a, 2) - 1)
        a(i, j) = 0.25d0 * (old(i - 1, j) + old(i + 1, j) + old(i, j - 1) + old(i, j + 1))
      end do
      if (maxval(abs(a - old)) < tolerance) exit
    end do
    if (present(steps)) steps = k
  end subroutine
end module

program main
  use shapes
  real(8) :: grid(20, 20), x(5)
  complex(8) :: z
  real(4) :: low
  real(10) :: high
  integer :: steps, i
  type(particle), target :: p, q
  grid = 0; grid(1, :) = 1
  call relax(grid, 1d-6, steps)
  x = [(square(dble(i)), i = 1, 5)]
  z = exp((0d0, 1d0)) * cmplx(x(1), x(2), 8)
  low = sin(real(x(3))); high = sqrt(2.0_10)
  p%next => q; p%name = 'first'; q%mass = dot_product(x, x)
  where (x > 4) x = -x
  select case (steps)
  case (:10); print *, 'fast', matmul(grid, grid(:, 1:2))
  case (11:50, 77); print *, 'slow'
  case default; write (*, '(a, i5, f8.3)') 'steps', steps, x(1)
  end select
  print *, z, low, high, p%next%mass, factorial(5), trim(p%name) // '!', sum(shared)
end program
